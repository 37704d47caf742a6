import { statSync } from "node:fs";
import { PreceptError } from "../../errors.ts";
import { addressOf, type SharedList } from "../shared/index.ts";

/** Takes what is shared, an answer at a time, so that no run is held whole. */
export interface Sink {
  answer(address: string, answer: unknown): void;
  /** The same where there is room for it; whether there was. */
  spare(address: string, answer: unknown): boolean;
  list(address: string): ListSink;
}

/** Takes the items of a list, then the list itself. */
export interface ListSink {
  item(id: string, answer: unknown): void;
  close(list: SharedList): void;
}

/** Bytes of one file: more is no pleasure to open. */
const mostBytes = 20e6;

/** What one file holds; that it is too large is found as soon as it is. */
export class FileSink implements Sink {
  readonly #out: string;
  readonly #answers: string[] = [];
  readonly #lists: string[] = [];
  #bytes = 0;

  constructor(out: string) {
    this.#out = out;
  }

  /** @throws PreceptError usage where the file would be too large. */
  answer(address: string, answer: unknown): void {
    this.#keep(this.#answers, address, answer);
  }

  spare(address: string, answer: unknown): boolean {
    if (this.#bytes + sizeOf(pieceOf(address, answer)) > mostBytes) return false;
    this.answer(address, answer);
    return true;
  }

  list(address: string): ListSink {
    return {
      item: (id, answer) => this.answer(addressOf(address, [id]), answer),
      close: (list) => this.#keep(this.#lists, address, list),
    };
  }

  /** All of it, as `Shared`. */
  toJson(): string {
    return `{"answers":{${this.#answers.join(",")}},"lists":{${this.#lists.join(",")}}}`;
  }

  #keep(pieces: string[], address: string, value: unknown): void {
    const piece = pieceOf(address, value);
    this.#bytes += sizeOf(piece);
    if (this.#bytes > mostBytes) throw tooLarge(this.#out);
    pieces.push(piece);
  }
}

const pieceOf = (address: string, value: unknown): string => `${JSON.stringify(address)}:${JSON.stringify(value)}`;
const sizeOf = (piece: string): number => Buffer.byteLength(piece);

function tooLarge(out: string): PreceptError {
  const folder = out.replace(/\.html$/u, "");
  return new PreceptError("usage", {
    attempted: `Writing ${out}`,
    found: `more than ${mostBytes / 1e6} MB, which do not fit one file`,
    expected: `at most ${mostBytes / 1e6} MB`,
    remedy: `--out ${folder === "" || statSync(folder, { throwIfNoEntry: false })?.isFile() ? "share/" : `${folder}/`} makes a folder for any web host; --filter makes it smaller`,
  });
}
