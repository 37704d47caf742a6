import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hash32 } from "../../src/rng.ts";
import { type Mutation, mutationsOf } from "./operators.ts";
import type { MutatedRoom } from "./rooms.ts";

/** A mutation of a named file of a room. */
export interface Mutant extends Mutation {
  /** Stays the same while its own line does, wherever that line moves in its file. */
  readonly id: string;
  readonly room: string;
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  readonly before: string;
}

/** Every mutant of the rooms' files, as they stand under `root`. */
export function mutantsOf(root: string, rooms: Readonly<Record<string, MutatedRoom>>): Mutant[] {
  return Object.entries(rooms).flatMap(([room, { files }]) =>
    files.flatMap((file) => {
      const text = readFileSync(join(root, file), "utf8");
      const seen = new Map<string, number>();
      return mutationsOf(file, text).map((mutation) => {
        const { start, end, operator, replacement } = mutation;
        const from = text.lastIndexOf("\n", start - 1) + 1;
        const to = text.indexOf("\n", start);
        const line = text.slice(from, to < 0 ? text.length : to);
        const place = start - from - (line.length - line.trimStart().length);
        const key = [file, operator, line.trim(), place, end - start, replacement].join("\u001f");
        const nth = seen.get(key) ?? 0;
        seen.set(key, nth + 1);
        const id = createHash("sha256").update(`${key}\u001f${nth}`).digest("hex").slice(0, 12);
        return {
          ...mutation,
          id,
          room,
          file,
          line: text.slice(0, start).split("\n").length,
          before: text.slice(start, end),
        };
      });
    }),
  );
}

/**
 * `count` mutants drawn by seed, as many from every room (a room with fewer gives all it has, the others more). A mutant's
 * turn follows from the seed and its id alone: an edit of one line changes the draw of that line's mutants only.
 */
export function drawSample(mutants: readonly Mutant[], count: number, seed: number): Mutant[] {
  const rooms = new Map<string, Mutant[]>();
  const turn = ({ id }: Mutant): number => hash32(`${seed}\u001f${id}`);
  for (const mutant of mutants.toSorted((a, b) => turn(a) - turn(b) || a.id.localeCompare(b.id))) {
    rooms.set(mutant.room, [...(rooms.get(mutant.room) ?? []), mutant]);
  }
  const drawn: Mutant[] = [];
  let left = [...rooms.values()].sort((a, b) => a.length - b.length);
  for (; left.length > 0; left = left.slice(1)) {
    drawn.push(...(left[0] ?? []).slice(0, Math.ceil((count - drawn.length) / left.length)));
  }
  const order = new Map(mutants.map(({ id }, index) => [id, index]));
  return drawn.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
}
