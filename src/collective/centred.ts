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

/** Xᵀ(X w), (statements), in one pass over the votes. w: (statements). */
export function gramProduct({ table, center }: CentredVotes, w: Float64Array): Float64Array {
  const { starts, columns, votes } = table;
  const width = center.length;
  const centredOff = w.map((weight, column) => weight * (center[column] as number));
  const signed = new Float64Array(width);
  const plain = new Float64Array(width);
  for (let row = 0; row + 1 < starts.length; row++) {
    const from = starts[row] as number;
    const to = starts[row + 1] as number;
    let dot = 0;
    for (let entry = from; entry < to; entry++) {
      const column = columns[entry] as number;
      dot += (votes[entry] as number) * (w[column] as number) - (centredOff[column] as number);
    }
    for (let entry = from; entry < to; entry++) {
      const column = columns[entry] as number;
      signed[column] = (signed[column] as number) + (votes[entry] as number) * dot;
      plain[column] = (plain[column] as number) + dot;
    }
  }
  return signed.map((sum, column) => sum - (center[column] as number) * (plain[column] as number));
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
