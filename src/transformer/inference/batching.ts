/** Sequences that begin with the same tokens, which are computed once. */
export interface PrefixGroup {
  /** Length of the common beginning; 0 in a group of one. */
  readonly shared: number;
  /** Indices into the list of sequences. */
  readonly members: readonly number[];
}

export interface PlannedSequence {
  readonly tokens: ArrayLike<number>;
  /** At most this many tokens may be taken from a shared prefix: nothing is asked of the model there. */
  readonly shareable: number;
}

/** A shorter common beginning is not worth a second pass over the batch. */
const MINIMUM_SHARED = 8;

/**
 * Batches of at most `maxRows` sequences: neighbours in dictionary order are grouped by their common beginning, groups
 * of like length come together. A pure function of the list, so the same list always computes the same numbers.
 */
export function planBatches(sequences: readonly PlannedSequence[], maxRows: number): PrefixGroup[][] {
  const groups = groupByPrefix(sequences).flatMap((group) => splitGroup(group, maxRows));
  const lengthOf = (group: PrefixGroup): number =>
    Math.max(...group.members.map((index) => sequences[index]!.tokens.length));
  const sorted = groups
    .map((group) => ({ group, length: lengthOf(group), first: Math.min(...group.members) }))
    .sort((a, b) => a.length - b.length || a.first - b.first);
  const batches: PrefixGroup[][] = [];
  let room = 0;
  for (const { group } of sorted) {
    if (group.members.length > room) {
      batches.push([]);
      room = maxRows;
    }
    batches[batches.length - 1]!.push(group);
    room -= group.members.length;
  }
  return batches;
}

/** Joins a sequence to the group before it as long as that saves tokens. */
function groupByPrefix(sequences: readonly PlannedSequence[]): PrefixGroup[] {
  const order = sequences
    .map((_, index) => index)
    .sort((a, b) => compare(sequences[a]!.tokens, sequences[b]!.tokens) || a - b);
  const groups: { shared: number; members: number[] }[] = [];
  for (const index of order) {
    const { tokens, shareable } = sequences[index]!;
    const group = groups[groups.length - 1];
    if (group !== undefined) {
      const previous = sequences[group.members[group.members.length - 1]!]!;
      const limit = group.members.length === 1 ? previous.shareable : group.shared;
      const shared = commonPrefix(previous.tokens, tokens, Math.min(limit, shareable));
      const before = (group.members.length - 1) * group.shared;
      if (shared >= MINIMUM_SHARED && group.members.length * shared >= before) {
        group.members.push(index);
        group.shared = shared;
        continue;
      }
    }
    groups.push({ shared: 0, members: [index] });
  }
  return groups;
}

function splitGroup({ shared, members }: PrefixGroup, maxRows: number): PrefixGroup[] {
  const parts: PrefixGroup[] = [];
  for (let start = 0; start < members.length; start += maxRows) {
    const part = members.slice(start, start + maxRows);
    parts.push({ shared: part.length === 1 ? 0 : shared, members: part });
  }
  return parts;
}

function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>, limit: number): number {
  let length = 0;
  while (length < limit && a[length] === b[length]) length++;
  return length;
}

function compare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const length = commonPrefix(a, b, Math.min(a.length, b.length));
  return length < a.length && length < b.length ? a[length]! - b[length]! : a.length - b.length;
}
