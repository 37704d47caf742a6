import { closeSync, openSync, readSync, statSync } from "node:fs";

/** Bytes at the beginning, and before the end of what was read, by which a file is known again. */
const knownBytes = 4096;

/** What was last seen of a file that others write: whether there is more of it, and whether it is still the same file. */
export class FileSight {
  readonly #path: string;
  #seen = "";
  #file: number | undefined;
  #length = 0;
  #pieces: readonly Buffer[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  /** Whether anything changed since it was last looked at; half a line that stays half is news only once, a file that is gone is none. */
  hasNews(): boolean {
    const { text, inode } = stateOf(this.#path);
    return inode !== undefined && text !== this.#seen;
  }

  /** Looks at it, before it is read; "another file" where what was remembered stands no longer in it. */
  look(): "the same file" | "another file" {
    const { text, inode, size } = stateOf(this.#path);
    this.#seen = text;
    const isSame = this.#length === 0 || (inode === this.#file && size >= this.#length && this.#holdsPieces());
    this.#file = inode;
    if (isSame) return "the same file";
    this.#length = 0;
    return "another file";
  }

  /** That so many bytes of it are read. */
  remember(length: number): void {
    this.#length = length;
    this.#pieces = this.#readPieces();
  }

  #holdsPieces(): boolean {
    return this.#readPieces().every((piece, i) => this.#pieces[i]?.equals(piece));
  }

  #readPieces(): Buffer[] {
    const n = Math.min(knownBytes, this.#length);
    const file = openSync(this.#path, "r");
    try {
      return [0, this.#length - n].map((at) => {
        const bytes = Buffer.alloc(n);
        readSync(file, bytes, 0, n, at);
        return bytes;
      });
    } finally {
      closeSync(file);
    }
  }
}

function stateOf(path: string): { readonly text: string; readonly inode: number | undefined; readonly size: number } {
  const stat = statSync(path, { throwIfNoEntry: false });
  const { ino: inode, size = 0, mtimeMs } = stat ?? {};
  return { text: JSON.stringify([inode, size, mtimeMs]), inode, size };
}
