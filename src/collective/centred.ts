import type { VoteTable } from "./table.ts";

/**
 * The votes with each statement's mean taken off. A missing vote is imputed by that mean, so in here it is exactly 0: the
 * centred matrix X is as sparse as the votes, and every product costs O(votes).
 */
export interface CentredVotes {
  readonly table: VoteTable;
  /** (statements): mean of the observed votes, 1 agree, 0 pass, -1 disagree; 0 where nobody voted. */
  readonly center: Float64Array;
}

export function centreVotes(table: VoteTable): CentredVotes {
  const width = table.statements.length;
  const sums = new Float64Array(width);
  const counts = new Uint32Array(width);
  for (let entry = 0; entry < table.columns.length; entry++) {
    const column = table.columns[entry] as number;
    sums[column] = (sums[column] as number) + (table.votes[entry] as number);
    counts[column] = (counts[column] as number) + 1;
  }
  return { table, center: sums.map((sum, column) => sum / Math.max(counts[column] as number, 1)) };
}

/**
 * Xᵀ(X w), (statements), in one pass over the votes. w: (statements). What a vote adds is looked up by statement and vote, three
 * numbers a statement, so that a vote costs one read and one write besides its own bytes.
 */
export function gramProduct({ table, center }: CentredVotes, w: Float64Array): Float64Array {
  const { starts, columns, votes } = table;
  const cells = Float64Array.from({ length: 3 * center.length }, (_, cell) => (cell % 3) - 1 - centerOf(center, cell));
  const gains = cells.map((value, cell) => value * (w[Math.floor(cell / 3)] as number));
  const sums = new Float64Array(cells.length);
  /** Of one row: nobody votes on more statements than there are. */
  const own = new Uint32Array(center.length);
  for (let row = 0; row + 1 < starts.length; row++) {
    const from = starts[row] as number;
    const to = starts[row + 1] as number;
    let dot = 0;
    for (let entry = from; entry < to; entry++) {
      const cell = 3 * (columns[entry] as number) + (votes[entry] as number) + 1;
      own[entry - from] = cell;
      dot += gains[cell] as number;
    }
    for (let i = 0; i < to - from; i++) {
      const cell = own[i] as number;
      sums[cell] = (sums[cell] as number) + dot;
    }
  }
  const product = new Float64Array(center.length);
  for (let column = 0; column < product.length; column++)
    for (let cell = 3 * column; cell < 3 * column + 3; cell++)
      product[column] = (product[column] as number) + (cells[cell] as number) * (sums[cell] as number);
  return product;
}

function centerOf(center: Float64Array, cell: number): number {
  return center[Math.floor(cell / 3)] as number;
}

/** The sum of squares of X: what all components together explain. */
export function totalSquares({ table, center }: CentredVotes): number {
  let sum = 0;
  for (let entry = 0; entry < table.columns.length; entry++)
    sum += ((table.votes[entry] as number) - (center[table.columns[entry] as number] as number)) ** 2;
  return sum;
}

/** X w, (participants). */
export function rowProducts({ table, center }: CentredVotes, w: Float64Array): Float64Array {
  const products = new Float64Array(table.participants.length);
  for (let row = 0; row < products.length; row++) {
    let dot = 0;
    for (let entry = table.starts[row] as number; entry < (table.starts[row + 1] as number); entry++) {
      const column = table.columns[entry] as number;
      dot += ((table.votes[entry] as number) - (center[column] as number)) * (w[column] as number);
    }
    products[row] = dot;
  }
  return products;
}
