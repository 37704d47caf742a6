import { hash32 } from "../../rng.ts";

/** What a folder that was made to be sent says of its addresses. */
export const contentsFile = "contents.json";
export interface FolderContents {
  /** Those of lists. */
  readonly lists: readonly string[];
  /** Those whose answers what stands behind the question mark tells apart. */
  readonly apart: readonly string[];
}

/** Bytes of a name that every file system takes, with the ending. */
const longestName = 180;

/**
 * Where a folder that was made to be sent keeps an answer: a name that every file system and every host leaves as it is. Two addresses
 * have two names where capitals are not told from small letters, too.
 */
export function fileOf(address: string, what: "answer" | "list"): string {
  return `${address.split("/").map(nameOf).join("/")}.${what}.json`;
}

function nameOf(part: string): string {
  const plain = decodeURIComponent(part);
  const bytes = [...new TextEncoder().encode(plain)];
  const isDevice = /^(?:con|prn|aux|nul|com\d|lpt\d)$/u.test(plain);
  const name = bytes
    .map((byte, i) => (isPlain(byte) && !(isDevice && i === 0) ? String.fromCharCode(byte) : `~${toHex(byte, 2)}`))
    .join("");
  if (name.length <= longestName) return name;
  // "~~" stands in no other name.
  return `${name.slice(0, longestName - 18)}~~${toHex(hash32(plain), 8)}${toHex(hash32(plain, 0x9e3779b9), 8)}`;
}

/** Digits, small letters, "-" and "_"; a dot is none of them, so that no part leads upwards. */
function isPlain(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;
}

const toHex = (n: number, digits: number): string => n.toString(16).padStart(digits, "0");
