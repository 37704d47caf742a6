/** Bytes of a unit, as pip (powers of ten) and uv (of two) write it. */
const units: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes that pip or uv say they fetch, by the lines that they print: "Downloading NAME (812.1 MB)". What a cache had is not among them. */
export function fetchedBytes(printed: string): number {
  let bytes = 0;
  for (const [, size, unit] of printed.matchAll(/^\s*Downloading \S+ \(([\d.]+) ?([kKMG]?i?B)\)/gmu))
    bytes += Number(size) * (units[unit ?? ""] ?? 0);
  return Math.round(bytes);
}
