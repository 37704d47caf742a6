import { columnArray, type VoteTable } from "./table.ts";
import type { Vote } from "./votes.ts";
import { toPolisExport } from "./votes.ts";

/** A vote to add to a table; it takes the place of an earlier one of the same participant on the same statement. */
export interface AddedVote {
  readonly participant: string;
  readonly statement: string;
  readonly vote: Vote;
}

/**
 * A canonical table with some more votes, the later of them winning, canonical again. Rows without news are copied as blocks of bytes, so
 * that one vote costs a copy of the table and no sorting.
 */
export function addVotes(table: VoteTable, added: readonly AddedVote[]): VoteTable {
  const wide = widen(table, [...new Set(added.map(({ statement }) => statement))]);
  const participants = mergeSorted(wide.participants, [...new Set(added.map(({ participant }) => participant))]);
  const news = newsByPerson(wide.statements, added);
  const size = wide.columns.length + added.length;
  const columns = new (columnArray(wide.statements.length))(size);
  const votes = new Int8Array(size);
  const starts = new Uint32Array(participants.length + 1);
  let [oldRow, place, copied] = [0, 0, 0];
  const copyTo = (entry: number): void => {
    columns.set(wide.columns.subarray(copied, entry), place);
    votes.set(wide.votes.subarray(copied, entry), place);
    place += entry - copied;
    copied = entry;
  };
  participants.forEach((participant, row) => {
    const isOld = wide.participants[oldRow] === participant;
    const from = wide.starts[oldRow] as number;
    const to = isOld ? (wide.starts[oldRow + 1] as number) : from;
    const own = news.get(participant);
    if (own !== undefined) {
      copyTo(from);
      const merged = new Map(
        Array.from(wide.columns.subarray(from, to), (column, i) => [column, wide.votes[from + i] as number]),
      );
      for (const [column, vote] of own) merged.set(column, vote);
      for (const [column, vote] of [...merged].sort(([a], [b]) => a - b)) {
        columns[place] = column;
        votes[place++] = vote;
      }
      copied = to;
    }
    // What is not yet copied of the rows so far stands before this row's end.
    starts[row + 1] = place + (to - copied);
    if (isOld) oldRow += 1;
  });
  copyTo(wide.columns.length);
  return {
    participants,
    statements: wide.statements,
    starts,
    columns: columns.subarray(0, place),
    votes: votes.subarray(0, place),
  };
}

/** The table with columns for statements that nobody voted on before. */
function widen(table: VoteTable, ids: readonly string[]): VoteTable {
  const statements = mergeSorted(table.statements, ids);
  if (statements.length === table.statements.length) return table;
  const columnOf = new Map(statements.map((id, column) => [id, column]));
  const moved = table.statements.map((id) => columnOf.get(id) as number);
  const columns = new (columnArray(statements.length))(table.columns.length);
  table.columns.forEach((column, entry) => {
    columns[entry] = moved[column] as number;
  });
  return { ...table, statements, columns };
}

function newsByPerson(
  statements: readonly string[],
  added: readonly AddedVote[],
): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const columnOf = new Map(statements.map((id, column) => [id, column]));
  const news = new Map<string, Map<number, number>>();
  for (const { participant, statement, vote } of added) {
    const own = news.get(participant) ?? new Map<number, number>();
    own.set(columnOf.get(statement) as number, toPolisExport(vote));
    news.set(participant, own);
  }
  return news;
}

/** Both lists as one in code-unit order, without repeats; the first one itself where nothing is new. */
function mergeSorted(sorted: readonly string[], ids: readonly string[]): readonly string[] {
  const known = new Set(sorted);
  const fresh = ids.filter((id) => !known.has(id));
  return fresh.length === 0 ? sorted : [...sorted, ...fresh].sort();
}
