import { columnArray, logOf, type Order, type VoteLog, type VoteTable } from "./table.ts";
import type { Conversation } from "./votes.ts";

/** Rows that are laid out together: what belongs to them stays in a processor's nearest memory. */
const BLOCK_BITS = 12;
const BLOCK = 2 ** BLOCK_BITS;

/** A vote with the place of its row within its block: 12 and 2 bits. */
const tagOf = (row: number, vote: number): number => ((row & (BLOCK - 1)) << 2) | (vote + 1);

/**
 * The table of a log: of several votes of one participant on one statement the last counts. O(votes): a counting sort into blocks of rows,
 * then one of each block into its rows, so that no write goes far; a log in the order of time would else miss the cache with each.
 */
export function tabulate(log: VoteLog): VoteTable {
  const { participants, statements, rows } = log;
  const blocks = Math.ceil(participants.length / BLOCK);
  const ends = new Uint32Array(blocks + 1);
  for (let entry = 0; entry < rows.length; entry++) {
    const block = (rows[entry] as number) >>> BLOCK_BITS;
    ends[block + 1] = (ends[block + 1] as number) + 1;
  }
  for (let block = 0; block < blocks; block++) ends[block + 1] = (ends[block + 1] as number) + (ends[block] as number);
  const next = ends.slice();
  const tags = new Uint16Array(rows.length);
  const columns = new (columnArray(statements.length))(rows.length);
  for (let entry = 0; entry < rows.length; entry++) {
    const row = rows[entry] as number;
    const place = next[row >>> BLOCK_BITS] as number;
    next[row >>> BLOCK_BITS] = place + 1;
    tags[place] = tagOf(row, log.votes[entry] as number);
    columns[place] = log.columns[entry] as number;
  }
  const starts = new Uint32Array(participants.length + 1);
  const votes = new Int8Array(rows.length);
  const settle = settler(statements.length);
  let kept = 0;
  for (let block = 0; block < blocks; block++) {
    const [from, to] = [ends[block] as number, ends[block + 1] as number];
    const height = Math.min(BLOCK, participants.length - block * BLOCK);
    const sorted = sortRows(tags.subarray(from, to), columns.subarray(from, to), height);
    for (let row = 0; row < height; row++) {
      // Never past what was read: a row keeps no more entries than it had.
      kept = settle(sorted, row, columns, votes, kept);
      starts[block * BLOCK + row + 1] = kept;
    }
  }
  return { participants, statements, starts, columns: columns.subarray(0, kept), votes: votes.subarray(0, kept) };
}

export function tableOf(conversation: Conversation, order: Order): VoteTable {
  return tabulate(logOf(conversation, order));
}

/** The entries of some rows, by row, each row in the order of the log. */
interface SortedRows {
  readonly starts: Uint32Array;
  readonly columns: Uint16Array | Uint32Array;
  readonly votes: Int8Array;
}

function sortRows(tags: Uint16Array, columns: Uint16Array | Uint32Array, height: number): SortedRows {
  const starts = new Uint32Array(height + 1);
  for (let entry = 0; entry < tags.length; entry++) {
    const row = (tags[entry] as number) >>> 2;
    starts[row + 1] = (starts[row + 1] as number) + 1;
  }
  for (let row = 0; row < height; row++) starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  const next = starts.slice();
  const sorted = columns.slice();
  const votes = new Int8Array(tags.length);
  for (let entry = 0; entry < tags.length; entry++) {
    const tag = tags[entry] as number;
    const place = next[tag >>> 2] as number;
    next[tag >>> 2] = place + 1;
    sorted[place] = columns[entry] as number;
    votes[place] = (tag & 3) - 1;
  }
  return { starts, columns: sorted, votes };
}

/**
 * Writes a row with its columns ascending, the last of equal ones alone, and returns where it ends. What a row holds is marked by bits, 32
 * columns a word, which come out in order: nothing is compared.
 */
function settler(
  width: number,
): (of: SortedRows, row: number, columns: Uint16Array | Uint32Array, votes: Int8Array, kept: number) => number {
  const last = new Int8Array(width);
  const words = new Uint32Array(Math.ceil(width / 32));
  return ({ starts, columns: from, votes: said }, row, columns, votes, kept) => {
    const [begin, end] = [starts[row] as number, starts[row + 1] as number];
    let [low, high] = [words.length, -1];
    for (let entry = begin; entry < end; entry++) {
      const column = from[entry] as number;
      const word = column >>> 5;
      last[column] = said[entry] as number;
      words[word] = (words[word] as number) | (1 << (column & 31));
      if (word < low) low = word;
      if (word > high) high = word;
    }
    let place = kept;
    for (let word = low; word <= high; word++) {
      let bits = words[word] as number;
      words[word] = 0;
      while (bits !== 0) {
        const column = (word << 5) | (31 - Math.clz32(bits & -bits));
        columns[place] = column;
        votes[place++] = last[column] as number;
        bits &= bits - 1;
      }
    }
    return place;
  };
}
