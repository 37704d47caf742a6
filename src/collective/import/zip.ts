import { inflateRawSync } from "node:zlib";
import { PreceptError } from "../../errors.ts";

/** A file in a zip: its path in there, and its bytes. */
export interface ZipEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const END = 0x06054b50;
const DIRECTORY = 0x02014b50;
const STORED = 0;
const DEFLATED = 8;
/** No export of votes is larger; a bomb is. */
const MOST_BYTES = 2 ** 30;

/**
 * The files of a zip, by the directory at its end (PKWARE APPNOTE 4.3). `isWanted` spares what is not read. @throws PreceptError for
 * what is no zip, is cut, encrypted, packed in a way other than stored or deflated, or larger than 1 GiB unpacked.
 */
export function unzip(name: string, zip: Buffer, isWanted: (path: string) => boolean): ZipEntry[] {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || end + 22 > zip.length || zip.readUInt32LE(end) !== END) throw badZip(name, "no directory at its end");
  const entries: ZipEntry[] = [];
  let place = zip.readUInt32LE(end + 16);
  let left = MOST_BYTES;
  for (let count = zip.readUInt16LE(end + 10); count > 0; count--) {
    if (place + 46 > zip.length || zip.readUInt32LE(place) !== DIRECTORY) throw badZip(name, "a damaged directory");
    const [flags, method] = [zip.readUInt16LE(place + 8), zip.readUInt16LE(place + 10)];
    const [packed, size] = [zip.readUInt32LE(place + 20), zip.readUInt32LE(place + 24)];
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((at) => zip.readUInt16LE(place + at)) as [
      number,
      number,
      number,
    ];
    const local = zip.readUInt32LE(place + 42);
    const path = zip.toString("utf8", place + 46, place + 46 + nameLength);
    place += 46 + nameLength + extraLength + commentLength;
    if (!isWanted(path)) continue;
    if ((flags & 1) === 1) throw badZip(name, `${path} is encrypted`);
    left -= size;
    if (left < 0) throw badZip(name, "more than 1 GiB unpacked");
    entries.push({ path, bytes: unpack(name, zip, { path, local, packed, size, method }) });
  }
  return entries;
}

function unpack(
  name: string,
  zip: Buffer,
  { path, local, packed, size, method }: { path: string; local: number; packed: number; size: number; method: number },
): Uint8Array {
  if (local + 30 > zip.length) throw badZip(name, `${path} is cut`);
  const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
  const bytes = zip.subarray(start, start + packed);
  if (bytes.length < packed) throw badZip(name, `${path} is cut`);
  if (method === STORED) return bytes;
  if (method !== DEFLATED) throw badZip(name, `${path} is packed by method ${method}`);
  try {
    return inflateRawSync(bytes, { maxOutputLength: Math.max(size, 1) });
  } catch (error) {
    throw badZip(name, `${path} does not unpack`, error);
  }
}

function badZip(name: string, found: string, cause?: unknown): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Reading ${name}`,
    found,
    expected: "a whole zip, stored or deflated",
    remedy: "download the export again, or unpack it and give the folder",
    cause,
  });
}
