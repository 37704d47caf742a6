import type { Conversation, Vote } from "./votes.ts";

/**
 * A vote log in columns: entry e says that participant `rows[e]` voted `votes[e]` on statement `columns[e]`, in log order.
 * Votes are 1 agree, 0 pass, -1 disagree; seven bytes an entry, so that 50 million votes fit into 350 MB.
 */
export interface VoteLog {
  readonly participants: readonly string[];
  readonly statements: readonly string[];
  readonly rows: Uint32Array;
  readonly columns: Uint16Array | Uint32Array;
  readonly votes: Int8Array;
}

/**
 * The latest vote of everybody, compressed by rows (CSR): row i holds the entries starts[i] .. starts[i + 1], columns ascending.
 * What is not there was not voted on; a pass is an entry of 0. No array of participants × statements exists anywhere.
 */
export interface VoteTable {
  readonly participants: readonly string[];
  readonly statements: readonly string[];
  /** (participants + 1). */
  readonly starts: Uint32Array;
  /** (votes). */
  readonly columns: Uint16Array | Uint32Array;
  /** (votes): 1 agree, 0 pass, -1 disagree. */
  readonly votes: Int8Array;
}

const CODES: Readonly<Record<Vote, -1 | 0 | 1>> = { agree: 1, pass: 0, disagree: -1 };

/**
 * `encounter`: participants as the log meets them and statements as they are listed, oldest first, as Polis does. `canonical`:
 * both by id, so that no order of the input matters.
 */
export type Order = "encounter" | "canonical";

/**
 * The columns of a conversation's log, oldest vote first. Of two votes of one moment the later in the log is the later one.
 */
export function logOf({ statements, votes }: Conversation, order: Order): VoteLog {
  const events = inTime(votes);
  const people = new Map<string, number>();
  const asked = new Map(statements.map(({ id }, column) => [id, column]));
  const rows = new Uint32Array(events.length);
  const columns = new Uint32Array(events.length);
  const codes = new Int8Array(events.length);
  events.forEach(({ participant, statement, vote }, entry) => {
    rows[entry] = indexOf(people, participant);
    columns[entry] = indexOf(asked, statement);
    codes[entry] = CODES[vote];
  });
  const [participants, rankOfRow] = rank(people, order);
  const [ids, rankOfColumn] = rank(asked, order);
  return {
    participants,
    statements: ids,
    rows: rows.map((row) => rankOfRow[row] as number),
    columns: new (columnArray(ids.length))(columns.map((column) => rankOfColumn[column] as number)),
    votes: codes,
  };
}

/** The table of some rows, repeats allowed, as a bootstrap draws them. */
export function selectRows(table: VoteTable, rows: Uint32Array): VoteTable {
  const starts = new Uint32Array(rows.length + 1);
  rows.forEach((row, i) => {
    starts[i + 1] = (starts[i] as number) + votesOf(table, row);
  });
  const columns = new (columnArray(table.statements.length))(starts[rows.length] as number);
  const votes = new Int8Array(columns.length);
  rows.forEach((row, i) => {
    const [from, to] = [table.starts[row] as number, table.starts[row + 1] as number];
    columns.set(table.columns.subarray(from, to), starts[i] as number);
    votes.set(table.votes.subarray(from, to), starts[i] as number);
  });
  const participants = Array.from(rows, (row) => table.participants[row] as string);
  return { participants, statements: table.statements, starts, columns, votes };
}

/** The table without the columns that `isKept` denies; participants stay, with fewer votes. */
export function selectColumns(table: VoteTable, isKept: (statement: string) => boolean): VoteTable {
  const kept = table.statements.map(isKept);
  if (!kept.includes(false)) return table;
  let width = 0;
  const renumbered = kept.map((is) => (is ? width++ : -1));
  const starts = new Uint32Array(table.starts.length);
  const columns = new (columnArray(width))(table.columns.length);
  const votes = new Int8Array(table.columns.length);
  let place = 0;
  for (let row = 0; row + 1 < table.starts.length; row++) {
    for (let entry = table.starts[row] as number; entry < (table.starts[row + 1] as number); entry++) {
      const column = renumbered[table.columns[entry] as number] as number;
      if (column < 0) continue;
      columns[place] = column;
      votes[place++] = table.votes[entry] as number;
    }
    starts[row + 1] = place;
  }
  return {
    participants: table.participants,
    statements: table.statements.filter((_, column) => kept[column]),
    starts,
    columns: columns.slice(0, place),
    votes: votes.slice(0, place),
  };
}

/** How many statements the participant of a row voted on, passes included. */
export function votesOf({ starts }: VoteTable, row: number): number {
  return (starts[row + 1] as number) - (starts[row] as number);
}

/** 16 bits a column up to 65,536 statements, 32 beyond. */
export function columnArray(width: number): Uint16ArrayConstructor | Uint32ArrayConstructor {
  return width <= 65_536 ? Uint16Array : Uint32Array;
}

function inTime(votes: Conversation["votes"]): Conversation["votes"] {
  const isInOrder = votes.every(({ at }, i) => i === 0 || (votes[i - 1]?.at ?? at) <= at);
  return isInOrder ? votes : [...votes].sort((a, b) => a.at - b.at);
}

/** The number of an id, the next one where it is new. */
function indexOf(known: Map<string, number>, id: string): number {
  const index = known.get(id) ?? known.size;
  if (index === known.size) known.set(id, index);
  return index;
}

/** The ids in their order, and the place in it of each number that they were given when they came. */
function rank(known: ReadonlyMap<string, number>, order: Order): readonly [readonly string[], Uint32Array] {
  const ids = [...known.keys()];
  if (order === "canonical") ids.sort();
  const places = new Uint32Array(ids.length);
  ids.forEach((id, place) => {
    places[known.get(id) as number] = place;
  });
  return [ids, places];
}
