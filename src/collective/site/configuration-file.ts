import { LineCounter, parseDocument } from "yaml";
import { PreceptError } from "../../errors.ts";
import { readText } from "../../storage/index.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";

/** Reads a conversation's file. @throws PreceptError config-invalid with line and column of every fault; usage where there is no file. */
export async function loadConfiguration(file: string): Promise<Configuration> {
  const attempted = `Reading the conversation ${file}`;
  return parseConfiguration(await readText(file, { attempted, code: "config-invalid" }), file);
}

/** As `loadConfiguration`, from the text itself. */
export function parseConfiguration(text: string, file: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const fail = (faults: readonly string[]): PreceptError =>
    new PreceptError("config-invalid", {
      attempted: `Reading the conversation ${file}`,
      found: [faults.length === 1 ? "1 fault" : `${faults.length} faults`, ...faults.map((it) => `  ${it}`)].join("\n"),
      expected: "title, question and seeds, and what else docs/collective.md names",
      remedy: "correct the lines named above",
    });
  if (document.errors.length > 0)
    throw fail(document.errors.map(({ pos: [offset], message }) => `${place(offset)} ${message}`));
  const parsed = configurationSchema.safeParse(document.toJS());
  if (parsed.success) return parsed.data;
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let length = path.length; length > 0; length--) {
      const node = document.getIn(path.slice(0, length), true);
      const range = typeof node === "object" && node !== null && "range" in node ? node.range : undefined;
      if (Array.isArray(range) && typeof range[0] === "number") return range[0];
    }
    return 0;
  };
  const faults = parsed.error.issues
    .map(({ path, message }) => ({ offset: offsetOf(path), name: path.join(".") || "the conversation", message }))
    .sort((a, b) => a.offset - b.offset);
  throw fail(faults.map(({ offset, name, message }) => `${place(offset)} ${name}: ${message}`));
}
