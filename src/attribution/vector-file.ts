import { closeSync, existsSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readSync } from "node:fs";
import { asFileError, writeAll } from "../storage/index.ts";

/** Numbers as they lie in a file: bfloat16 halves the room, and its rounding is far below what a projection loses. */
export type VectorType = "float32" | "bfloat16";

const rowsAtATime = 512;

/** Rows of `width` numbers, appended a batch at a time; a row that a kill left half is no row. */
export class VectorFile {
  readonly path: string;
  readonly width: number;
  readonly type: VectorType;

  constructor(path: string, width: number, type: VectorType) {
    this.path = path;
    this.width = width;
    this.type = type;
  }

  get #rowBytes(): number {
    return this.width * (this.type === "float32" ? 4 : 2);
  }

  /** Whole rows in the file. */
  countRows(): number {
    return this.#open("r", (file) => (file === undefined ? 0 : Math.floor(fstatSync(file).size / this.#rowBytes)));
  }

  /** Leaves the first rows. */
  cut(rows: number): void {
    this.#open("r+", (file) => file !== undefined && ftruncateSync(file, rows * this.#rowBytes));
  }

  /** rows: (n, width), row-major. On disk when this returns. @throws PreceptError disk, permission. */
  append(rows: Float32Array): void {
    const data = this.type === "float32" ? rows : toBfloat16(rows);
    this.#open("a", (file) => {
      if (file === undefined) return;
      writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      fdatasyncSync(file);
    });
  }

  /** Every row in turn, in a buffer that the next one overwrites. */
  forEachRow(visit: (row: Float32Array, index: number) => void): void {
    this.#open("r", (file) => {
      if (file === undefined) return;
      const bytes = new Uint8Array(rowsAtATime * this.#rowBytes);
      const floats = new Float32Array(this.width);
      let index = 0;
      for (let read = readSync(file, bytes); read >= this.#rowBytes; read = readSync(file, bytes)) {
        const rows = Math.floor(read / this.#rowBytes);
        for (let r = 0; r < rows; r++) {
          const own = bytes.subarray(r * this.#rowBytes, (r + 1) * this.#rowBytes);
          visit(this.type === "float32" ? new Float32Array(own.slice().buffer) : fromBfloat16(own, floats), index++);
        }
      }
    });
  }

  /** Of each row its product with a vector, in float64. */
  multiply(vector: Float32Array): Float64Array {
    const products = new Float64Array(this.countRows());
    this.forEachRow((row, index) => {
      let sum = 0;
      for (let i = 0; i < row.length; i++) sum += (row[i] as number) * (vector[i] as number);
      products[index] = sum;
    });
    return products;
  }

  #open<T>(flags: "r" | "r+" | "a", work: (file: number | undefined) => T): T {
    if (flags !== "a" && !existsSync(this.path)) return work(undefined);
    try {
      const file = openSync(this.path, flags);
      try {
        return work(file);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw asFileError(error, `Opening ${this.path}`);
    }
  }
}

/** To nearest; the upper half of a float32. */
function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (word) => (word + 0x7fff + ((word >>> 16) & 1)) >>> 16);
}

function fromBfloat16(bytes: Uint8Array, into: Float32Array): Float32Array {
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const words = new Uint32Array(into.buffer);
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] as number) << 16;
  return into;
}
