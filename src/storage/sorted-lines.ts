import { closeSync, openSync, rmSync } from "node:fs";
import { writeAll } from "./files.ts";
import { linesOfFile } from "./lines.ts";

/** A record's id and its line without a line feed. */
export interface KeyedLine {
  readonly id: string;
  readonly line: string;
}

/** Where the sort keeps what does not fit into memory. */
export interface SortOptions {
  /** Beginning of the names of temporary files. */
  readonly temporary: string;
  /** Characters held in memory at once. */
  readonly held?: number;
}

/** Runs that are merged into one: a second generation keeps files and buffers few, however many lines there are. */
const FAN_IN = 64;

/**
 * Lines in the order of their ids, in bounded memory: sorted runs on disk, merged into larger ones and at last into one.
 * What fits into memory never touches the disk. Temporary files go when the generator ends, also early.
 */
export function* sortedLines(
  lines: Iterable<KeyedLine>,
  { temporary, held = 4e6 }: SortOptions,
): Generator<KeyedLine, void, undefined> {
  const generations: string[][] = [];
  let count = 0;
  const spill = (sorted: Iterable<KeyedLine>, generation: number): void => {
    const path = `${temporary}.sort-${count++}.tmp`;
    const runs = generations[generation] ?? [];
    generations[generation] = runs;
    runs.push(path);
    writeRun(path, sorted);
    if (runs.length < FAN_IN) return;
    spill(mergeSorted(runs.map(readRun)), generation + 1);
    for (const run of runs.splice(0)) rmSync(run);
  };
  let chunk: KeyedLine[] = [];
  let size = 0;
  try {
    for (const line of lines) {
      chunk.push(line);
      size += line.line.length + line.id.length;
      if (size < held) continue;
      spill(chunk.sort(byId), 0);
      chunk = [];
      size = 0;
    }
    chunk.sort(byId);
    if (generations.length === 0) yield* chunk;
    else yield* mergeSorted([...generations.flat().map(readRun), chunk[Symbol.iterator]()]);
  } finally {
    for (const run of generations.flat()) rmSync(run, { force: true });
  }
}

function byId(a: KeyedLine, b: KeyedLine): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/** Two lines per record, its id as JSON and the record: neither holds a line feed. */
function writeRun(path: string, lines: Iterable<KeyedLine>): void {
  const file = openSync(path, "w");
  try {
    let held = "";
    for (const { id, line } of lines) {
      held += `${JSON.stringify(id)}\n${line}\n`;
      if (held.length < 1 << 16) continue;
      writeAll(file, Buffer.from(held));
      held = "";
    }
    writeAll(file, Buffer.from(held));
  } finally {
    closeSync(file);
  }
}

function* readRun(path: string): Generator<KeyedLine, void, undefined> {
  const file = openSync(path, "r");
  try {
    let id: string | undefined;
    for (const { text } of linesOfFile(file, 1 << 15)) {
      if (id === undefined) id = String(JSON.parse(text));
      else {
        yield { id, line: text };
        id = undefined;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** The smallest head first, by a binary heap of the sources. */
function* mergeSorted(sources: readonly Iterator<KeyedLine>[]): Generator<KeyedLine, void, undefined> {
  const heap: { head: KeyedLine; source: Iterator<KeyedLine> }[] = [];
  const sink = (at: number): void => {
    for (let place = at; ; ) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        const [a, b] = [heap[child], heap[least]];
        if (a !== undefined && b !== undefined && a.head.id < b.head.id) least = child;
      }
      const [own, other] = [heap[place], heap[least]];
      if (least === place || own === undefined || other === undefined) return;
      heap[place] = other;
      heap[least] = own;
      place = least;
    }
  };
  try {
    for (const source of sources) {
      const { value, done } = source.next();
      if (done !== true) heap.push({ head: value, source });
    }
    for (let at = heap.length >> 1; at >= 0; at--) sink(at);
    for (let top = heap[0]; top !== undefined; top = heap[0]) {
      yield top.head;
      const { value, done } = top.source.next();
      const last = done === true ? heap.pop() : undefined;
      if (done !== true) heap[0] = { head: value, source: top.source };
      else if (last !== undefined && heap.length > 0) heap[0] = last;
      sink(0);
    }
  } finally {
    for (const source of sources) source.return?.();
  }
}
