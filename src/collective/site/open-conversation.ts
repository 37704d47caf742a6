import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Imported, type ImportOptions, importConversation } from "../import/polis-export.ts";
import { readExport } from "../import/read-export.ts";
import type { AnalyseOptions } from "../options.ts";
import { analysisOptions } from "./configuration.ts";
import { readConversation } from "./read-conversation.ts";

/**
 * The conversation in a folder of the site, or of an export: a folder, a zip, a CSV of votes; with how its site analyses it.
 * @throws PreceptError for none of them.
 */
export async function openConversation(
  path: string,
  options: ImportOptions & { readonly url?: string | undefined } = {},
): Promise<Imported & { readonly analysis: AnalyseOptions }> {
  const { url, ...reading } = options;
  if (url === undefined && !existsSync(join(path, "log.sqlite")))
    return { ...importConversation(await readExport(path), reading), analysis: {} };
  const { conversation, configuration } = await readConversation({ folder: path, url });
  return { conversation, warnings: [], analysis: analysisOptions(configuration) };
}
