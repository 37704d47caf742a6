import { relative } from "node:path";
import { hashText } from "./hash.ts";

/**
 * An id as one part of a longer one: letters and digits of any script, "_", "." and "-" stay, all else is percent-encoded, so
 * that different ids stay different and a slash divides.
 */
export function escapeId(id: string): string {
  return id.replace(/[^\p{L}\p{M}\p{N}_.-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

const ordinary = /^[\p{L}\p{M}\p{N}_.:@/\\ -]{1,80}$/u;

/** A path as commands name it: from the folder that they are given in. */
export function shownPath(path: string): string {
  return relative(process.cwd(), path) || ".";
}

/** A file's name for a model, a run or a path: letters and digits of any script; where more than dividers would be lost, with a hash. */
export function toFileName(text: string): string {
  const name = text.replace(/[^\p{L}\p{M}\p{N}_.-]+/gu, "-").replace(/^-+|-+$/g, "");
  // 255 bytes are what a file's name may have, and a character takes up to four.
  if (ordinary.test(text) && Buffer.byteLength(name) <= 200) return name;
  return `${[...name].slice(0, 48).join("")}-${hashText(text).slice(0, 8)}`;
}

/** A text as one word of a command line that somebody copies: nothing in it is run. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
