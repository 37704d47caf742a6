import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { PromptItem } from "../../records/index.ts";
import { readText } from "../../storage/index.ts";
import type { LoadedConfig } from "../config/config.ts";

/** The text of the file that a configuration names as its system prompt. @throws PreceptError usage, input-invalid. */
export async function readSystemPrompt({
  config: { systemPrompt },
  folder,
}: Pick<LoadedConfig, "config" | "folder">): Promise<string | undefined> {
  return readSystemText(systemPrompt, folder);
}

/** The text of a file by its name, seen from a folder; undefined without one. @throws as `readSystemPrompt`. */
export async function readSystemText(systemPrompt: string | undefined, folder: string): Promise<string | undefined> {
  if (systemPrompt === undefined) return undefined;
  const path = resolve(folder, systemPrompt);
  const attempted = `Reading the system prompt ${systemPrompt}`;
  if (!existsSync(path)) {
    throw new PreceptError("usage", {
      attempted,
      found: `no file ${path}`,
      expected: "a text file with what your bot is told before every conversation",
      remedy: "write it, or leave systemPrompt out",
    });
  }
  const text = (await readText(path)).trim();
  if (text !== "") return text;
  throw new PreceptError("input-invalid", {
    attempted,
    found: "nothing in it",
    remedy: "write it, or leave systemPrompt out",
  });
}

/** The prompt with the system prompt before it, unless it has one of its own. Its id stays that of the prompt alone. */
export function underSystemPrompt(item: PromptItem, system: string | undefined): PromptItem {
  const hasOwn = item.messages.some(({ role }) => role === "system");
  if (system === undefined || hasOwn) return item;
  return { ...item, messages: [{ role: "system", content: system }, ...item.messages] };
}
