/** Sequences one after another in one array, so that crossing to the worker thread costs one copy. */
export interface PackedTokens {
  readonly tokens: Int32Array;
  /** Where each sequence begins, and the end: one more than there are sequences. */
  readonly offsets: Int32Array;
}

export function packTokens(sequences: readonly (readonly number[])[]): PackedTokens {
  const offsets = new Int32Array(sequences.length + 1);
  for (const [index, { length }] of sequences.entries()) offsets[index + 1] = offsets[index]! + length;
  const tokens = new Int32Array(offsets[sequences.length]!);
  for (const [index, sequence] of sequences.entries()) tokens.set(sequence, offsets[index]!);
  return { tokens, offsets };
}

/** Views of the packed sequences. */
export function unpackTokens({ tokens, offsets }: PackedTokens): Int32Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, index) =>
    tokens.subarray(offsets[index]!, offsets[index + 1]!),
  );
}
