import { readLines, type TextOptions } from "./text.ts";

/** A line's JSON, or what is wrong with the line. */
export type JsonLine = { readonly number: number } & ({ readonly value: unknown } | { readonly fault: string });

/** Streams a file of JSON lines; blank lines are skipped. @throws PreceptError as `readLines`. */
export async function* readJsonLines(path: string, options?: TextOptions): AsyncGenerator<JsonLine, void, undefined> {
  for await (const { text, number } of readLines(path, options)) {
    // Files that were joined have a byte order mark inside as well.
    const bare = text.startsWith("\ufeff") ? text.slice(1) : text;
    if (bare.trim() === "") continue;
    yield { number, ...parseLine(bare) };
  }
}

function parseLine(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: `not JSON: ${text.length > 60 ? `${text.slice(0, 60)}…` : text}` };
  }
}
