import { describe, expect, test } from "vitest";
import { rng } from "../rng.ts";
import { selectColumns, selectRows, type VoteTable } from "./table.ts";
import { tableOf, tabulate } from "./tabulate.ts";
import type { Statement, Vote, VoteEvent } from "./votes.ts";

function event(participant: string, statement: string, vote: Vote, at: number): VoteEvent {
  return { participant, statement, vote, at };
}

function statement(id: string): Statement {
  return { id, text: id, at: 0, isSeed: false, isMeta: false, moderation: "accepted" };
}

function cellsOf({ participants, statements, starts, columns, votes }: VoteTable): string[] {
  return participants.flatMap((person, row) =>
    Array.from(columns.subarray(starts[row], starts[row + 1]), (column, i) => {
      return `${person} ${statements[column]} ${votes[(starts[row] ?? 0) + i]}`;
    }),
  );
}

const statements = ["s2", "s1", "s3"].map(statement);
const votes = [
  event("b", "s1", "agree", 1),
  event("a", "s3", "disagree", 2),
  event("b", "s1", "disagree", 3),
  event("a", "s2", "pass", 4),
];

describe("a table of votes", () => {
  test("holds the latest vote of everybody, a pass as 0, and nothing where nobody voted", () => {
    const table = tableOf({ statements, votes }, "encounter");
    expect(table.participants).toEqual(["b", "a"]);
    expect(table.statements).toEqual(["s2", "s1", "s3"]);
    expect(cellsOf(table)).toEqual(["b s1 -1", "a s2 0", "a s3 -1"]);
    expect(table.columns).toBeInstanceOf(Uint16Array);
  });

  test("is the same for any order of the log and of the statements, in canonical order", () => {
    const once = tableOf({ statements, votes }, "canonical");
    for (let seed = 0; seed < 10; seed++) {
      const random = rng(seed);
      const shuffled = { statements: random.shuffle(statements), votes: random.shuffle(votes) };
      expect(tableOf(shuffled, "canonical")).toEqual(once);
    }
    expect(cellsOf(once)).toEqual(["a s2 0", "a s3 -1", "b s1 -1"]);
  });

  test("takes the later in the log of two votes of one moment", () => {
    const twice = [event("a", "s1", "agree", 5), event("a", "s1", "pass", 5)];
    expect(cellsOf(tableOf({ statements, votes: twice }, "canonical"))).toEqual(["a s1 0"]);
  });

  test("drops columns and draws rows, with repeats", () => {
    const table = tableOf({ statements, votes }, "canonical");
    const narrow = selectColumns(table, (id) => id !== "s2");
    expect(narrow.statements).toEqual(["s1", "s3"]);
    expect(cellsOf(narrow)).toEqual(["a s3 -1", "b s1 -1"]);
    expect(cellsOf(selectRows(table, Uint32Array.of(1, 1, 0)))).toEqual(["b s1 -1", "b s1 -1", "a s2 0", "a s3 -1"]);
  });

  test("sorts rows of more votes than insertion is good for", () => {
    const many = Array.from({ length: 200 }, (_, j) => event("a", `s${j}`, "agree", j));
    const table = tableOf({ statements: [], votes: rng(1).shuffle(many) }, "encounter");
    expect(Array.from(table.columns)).toEqual(Array.from(table.columns).sort((a, b) => a - b));
    expect(table.columns).toHaveLength(200);
  });

  test.each([
    ["three blocks of rows", 9000, 40, 60_000],
    ["columns of 32 bits", 50, 70_000, 5000],
  ])("holds what a map of cells would: %s", (_, people, width, count) => {
    const random = rng(width, "cells");
    const draw = (below: number): Uint32Array => Uint32Array.from({ length: count }, () => random.integer(below));
    const [rows, columns] = [draw(people), draw(width)];
    const said = Int8Array.from({ length: count }, () => random.integer(3) - 1);
    const [participants, ids] = [people, width].map((n) => Array.from({ length: n }, (_, i) => String(i)));
    const log = { participants: participants ?? [], statements: ids ?? [], rows, columns, votes: said };
    const cells = new Map<number, number>();
    rows.forEach((row, entry) => {
      cells.set(row * width + (columns[entry] as number), said[entry] as number);
    });
    const sorted = [...cells].sort(([a], [b]) => a - b);
    const table = tabulate(width > 65_536 ? log : { ...log, columns: Uint16Array.from(columns) });
    expect(Array.from(table.votes)).toEqual(sorted.map(([, vote]) => vote));
    expect(Array.from(table.columns)).toEqual(sorted.map(([cell]) => cell % width));
    const counts = Map.groupBy(sorted, ([cell]) => Math.floor(cell / width));
    let end = 0;
    const ends = participants?.map((_, row) => (end += counts.get(row)?.length ?? 0)) ?? [];
    expect(Array.from(table.starts)).toEqual([0, ...ends]);
  });

  test("of nothing is empty", () => {
    const table = tableOf({ statements: [], votes: [] }, "canonical");
    expect([table.participants, table.statements, table.starts.length, table.votes.length]).toEqual([[], [], 1, 0]);
  });
});
