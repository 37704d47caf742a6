import { readSync } from "node:fs";

/** A line of a file without its line feed, and where it stands in the file, in bytes. */
export interface Line {
  readonly text: string;
  readonly start: number;
  /** Bytes, the line feed included. */
  readonly length: number;
}

/**
 * The finished lines of an open file from a byte on, read a piece at a time; a last line without a line feed is not given. Only a line
 * feed ends a line: texts of models hold U+2028 and its like, at which readline would cut.
 */
export function* linesOfFile(file: number, chunkBytes = 1 << 20, from = 0): Generator<Line, void, undefined> {
  const chunk = Buffer.allocUnsafe(chunkBytes);
  let held: Buffer[] = [];
  let start = from;
  let position = from;
  for (;;) {
    const read = readSync(file, chunk, 0, chunk.length, position);
    if (read === 0) return;
    let done = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0 && end < read; end = chunk.indexOf(0x0a, done)) {
      const own = chunk.subarray(done, end);
      const text = held.length === 0 ? own.toString("utf8") : Buffer.concat([...held, own]).toString("utf8");
      const next = position + end + 1;
      yield { text, start, length: next - start };
      held = [];
      start = next;
      done = end + 1;
    }
    if (done < read) held.push(Buffer.from(chunk.subarray(done, read)));
    position += read;
  }
}
