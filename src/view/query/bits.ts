/** A set of items by their numbers, 32 to a word. */
export type Bits = Uint32Array;

export function emptyBits(n: number): Bits {
  return new Uint32Array((n + 31) >>> 5);
}

/** All of n items. */
export function allBits(n: number): Bits {
  const bits = emptyBits(n).fill(0xffffffff);
  const rest = n & 31;
  if (rest > 0) bits[bits.length - 1] = (1 << rest) - 1;
  return bits;
}

export function addBit(bits: Bits, i: number): void {
  bits[i >>> 5] = (bits[i >>> 5] ?? 0) | (1 << (i & 31));
}

export function hasBit(bits: Bits, i: number): boolean {
  return (((bits[i >>> 5] ?? 0) >>> (i & 31)) & 1) === 1;
}

/** Leaves in `bits` what is in `other` too. */
export function keepCommon(bits: Bits, other: Bits): void {
  for (let w = 0; w < bits.length; w++) bits[w] = (bits[w] ?? 0) & (other[w] ?? 0);
}

/** Puts into `bits` what is in `other`. */
export function addAll(bits: Bits, other: Bits): void {
  for (let w = 0; w < bits.length; w++) bits[w] = (bits[w] ?? 0) | (other[w] ?? 0);
}

/** How many are in both; of `bits` alone where there is no other. */
export function countCommon(bits: Bits, other: Bits = bits): number {
  let n = 0;
  for (let w = 0; w < bits.length; w++) n += countOnes((bits[w] ?? 0) & (other[w] ?? 0));
  return n;
}

/** Warren, Hacker's Delight, §5-1. */
function countOnes(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
