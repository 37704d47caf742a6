import { tryJson, writeOutput } from "../storage/index.ts";
import type { Constitution } from "./constitution.ts";
import { createConstitution } from "./create.ts";
import { formatConstitution } from "./format.ts";
import { claudePageStart, importClaudePage } from "./formats/claude-page.ts";
import { type ChatTurn, type Imported, type ImportNote, importFailed } from "./formats/imported.ts";
import { importLlmSwarm, llmSwarmForm } from "./formats/llm-swarm.ts";
import { importMarkdown, type MarkdownOptions, markdownSections } from "./formats/markdown.ts";
import { importPaper, paperForm } from "./formats/paper.ts";
import { importPlainList } from "./formats/plain-list.ts";
import { readTextFile } from "./load.ts";
import { slug } from "./text.ts";

/** The published forms that are read. */
export const IMPORT_FORMATS = ["paper-json", "llm-swarm-json", "claude-2023-text", "plain-list", "markdown"] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** How a text is read; what is left out is found out from it. */
export interface ImportOptions extends MarkdownOptions {
  /** Which published form it is; found out from the text when absent. */
  readonly format?: ImportFormat | undefined;
  /** Default: the file's name, else the format. */
  readonly name?: string | undefined;
  readonly file?: string;
}

/** A constitution that was read, with what a person should look at. */
export interface ImportResult {
  readonly constitution: Constitution;
  readonly format: ImportFormat;
  readonly notes: readonly ImportNote[];
  readonly chats: readonly (readonly ChatTurn[])[];
}

/**
 * Reads a constitution from a published form as it is.
 * @throws PreceptError "input-invalid" when the text is not in the form; ConstitutionInvalid when two ids agree.
 */
export function importConstitution(text: string, options: ImportOptions = {}): ImportResult {
  const format = options.format ?? detectFormat(text);
  const imported = read(text, format, options);
  const base = options.file
    ?.split(/[\\/]/)
    .at(-1)
    ?.replace(/\.[a-z0-9]+$/i, "");
  const constitution = createConstitution({
    name: options.name ?? (slug(base ?? "") || format),
    source: imported.source,
    preamble: imported.preamble,
    principles: imported.principles,
  });
  return { constitution, format, notes: imported.notes, chats: imported.chats ?? [] };
}

/** How a file is read, and where its YAML goes. */
export interface ImportFileOptions extends Omit<ImportOptions, "file"> {
  /** Where the YAML is written; nothing is written without it. */
  readonly out?: string | undefined;
}

/**
 * Reads a file in a published form and gives the constitution with its YAML, written to `out` where that is given.
 * @throws as `importConstitution`; PreceptError "usage" or "permission" for a file that cannot be read or written.
 */
export async function importConstitutionFile(
  path: string,
  { out, ...options }: ImportFileOptions = {},
): Promise<ImportResult & { readonly yaml: string }> {
  const result = importConstitution(await readTextFile(path), { ...options, file: path });
  const yaml = formatConstitution(result.constitution);
  if (out !== undefined) writeOutput(out, yaml);
  return { ...result, yaml };
}

function read(text: string, format: ImportFormat, options: MarkdownOptions): Imported {
  switch (format) {
    case "paper-json":
      return importPaper(text);
    case "llm-swarm-json":
      return importLlmSwarm(text);
    case "claude-2023-text":
      return importClaudePage(text);
    case "plain-list":
      return importPlainList(text);
    case "markdown":
      return importMarkdown(text, options);
  }
}

/**
 * Which published form a text is in.
 * @throws PreceptError "input-invalid" for JSON of no known form, for an empty text, and for YAML of our own.
 */
export function detectFormat(text: string): ImportFormat {
  if (text.trim() === "") return importFailed("a published form", "an empty text", "a list, a document or JSON");
  if (/^principles:/m.test(text)) {
    return importFailed(
      "a published form",
      "a constitution in YAML already",
      "another form",
      "`precept constitution show` reads it",
    );
  }
  const json = tryJson(text.replace(/^\ufeff/, ""));
  if (typeof json === "object" && json !== null) {
    if (llmSwarmForm.safeParse(json).success) return "llm-swarm-json";
    if (paperForm.safeParse(json).success) return "paper-json";
    return importFailed("a published form", "JSON of no known form", "the paper's JSON or llm-swarm's");
  }
  if (/^\s*[[{]\s*["{\]]/.test(text)) return importFailed("a published form", "broken JSON", "a whole JSON document");
  if (claudePageStart(text) >= 0) return "claude-2023-text";
  return isProse(text) ? "markdown" : "plain-list";
}

/** Has headings, and more prose than bullets below them. */
function isProse(text: string): boolean {
  const sections = markdownSections(text);
  const lines = sections.flatMap((section) => section.text.split("\n")).filter((line) => line.trim() !== "");
  const bullets = lines.filter((line) => /^\s*(?:[-*+•]|\d+[.)])\s/.test(line)).length;
  return lines.length > 0 && bullets * 2 < lines.length;
}
