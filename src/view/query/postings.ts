/** Numbers that rise, as their differences of seven bits a byte, the last byte of each without its high bit. */
export function packRising(numbers: Iterable<number>): number[] {
  const bytes: number[] = [];
  let before = -1;
  for (const number of numbers) {
    let rest = number - before - 1;
    while (rest > 0x7f) {
      bytes.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.push(rest);
    before = number;
  }
  return bytes;
}

/** What `packRising` packed. */
export function eachRising(bytes: Uint8Array, visit: (number: number) => void): void {
  let [before, value, shift] = [-1, 0, 0];
  for (const byte of bytes) {
    value |= (byte & 0x7f) << shift;
    shift += 7;
    if (byte > 0x7f) continue;
    before += value + 1;
    visit(before);
    [value, shift] = [0, 0];
  }
}
