/** What a folder that was made to be sent says of the addresses of its lists. */
export const listsFile = "lists.json";

/** Where a folder that was made to be sent keeps an answer: a name that every file system and every host leaves as it is. */
export function fileOf(address: string, what: "answer" | "list"): string {
  const parts = address
    .split("/")
    .map((part) =>
      [...new TextEncoder().encode(decodeURIComponent(part))]
        .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `~${byte.toString(16).padStart(2, "0")}`))
        .join(""),
    );
  return `${parts.join("/")}.${what}.json`;
}

/** Digits, small and capital letters, "-" and "_"; a dot is none of them, so that no part leads upwards. */
function isPlain(byte: number): boolean {
  const isLetter = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
  return isLetter || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;
}
