import { closeSync, fstatSync, openSync } from "node:fs";
import { canonicalJson, linesOfFile, tryJson } from "../../storage/index.ts";
import { type BuiltSegment, SegmentBuilder } from "./builder.ts";
import { isRecord, type Listing, listIn, type RawRecord, textIn } from "./listing.ts";

/** Bytes of records of the first segment, which is soon there; each next one is twice as large, up to the largest. */
const segmentBytes: { readonly first: number; readonly largest: number } = { first: 2 ** 21, largest: 2 ** 24 };
export const largestSegmentBytes = segmentBytes.largest;

export interface ReadOptions {
  readonly path: string;
  /** A log of batches that is still written. */
  readonly isPartial: boolean;
  /** Its lines are records all the same, not batches. */
  readonly isPlain?: boolean | undefined;
  readonly listing: Listing | undefined;
  /** Where to go on. */
  readonly from?: number | undefined;
  readonly firstLine?: number | undefined;
  /** Default: `segmentBytes`. */
  readonly bytes?: typeof segmentBytes | undefined;
}

/** A record, and where it stands; no record where the line is damaged. */
interface Found {
  readonly record: RawRecord | undefined;
  readonly at: number;
  readonly length: number;
}

/** The segments of a records file, one by one; a line that is no JSON is counted and left out. */
export function* segmentsOf(options: ReadOptions): Generator<BuiltSegment, void, undefined> {
  const { path, isPartial, isPlain = !isPartial, listing, from = 0, firstLine = 0, bytes = segmentBytes } = options;
  const file = openSync(path, "r");
  try {
    let [start, end, lines] = [from, from, firstLine];
    let limit = bytes.first;
    let builder = new SegmentBuilder(listing, start, lines);
    for (const line of linesOfFile(file, 1 << 20, from)) {
      const found = isPlain ? [recordOfLine(line)] : recordsOfBatch(line);
      const [first] = found;
      const isLarge = end - start >= limit || builder.isFull;
      if (isLarge && first?.record !== undefined && (isPartial || builder.isBoundary(first.record))) {
        yield builder.finish(end);
        start = end;
        limit = Math.min(limit * 2, bytes.largest);
        builder = new SegmentBuilder(listing, start, lines);
      }
      builder.addLine();
      lines += 1;
      for (const { record, at, length } of found) {
        if (record === undefined) builder.addDamage(at);
        else builder.add(record, at, length);
      }
      end = line.start + line.length;
    }
    // A closed file ends with a line feed; what stands behind the last one was cut.
    const { size } = fstatSync(file);
    if (!isPartial && size > end) {
      builder.addLine();
      builder.addDamage(end);
      end = size;
    }
    if (end > start) yield builder.finish(end);
  } finally {
    closeSync(file);
  }
}

interface Line {
  readonly text: string;
  readonly start: number;
  readonly length: number;
}

function recordOfLine({ text, start, length }: Line): Found {
  const value = tryJson(text);
  return { record: isRecord(value) ? value : undefined, at: start, length: length - 1 };
}

/**
 * The records of a line {batch, records}, by id, so that those of a prompt stand together. The log is canonical JSON, which
 * says where in the line each record stands.
 */
function recordsOfBatch({ text, start, length }: Line): Found[] {
  const value = tryJson(text);
  const damage = [{ record: undefined, at: start, length }];
  if (!isRecord(value) || textIn(value, "batch") === undefined) return damage;
  let at = start + Buffer.byteLength(`{"batch":${JSON.stringify(value["batch"])},"records":[`);
  const found = listIn(value, "records").map((record): Found => {
    const bytes = Buffer.byteLength(canonicalJson(record));
    const place = { record: isRecord(record) ? record : undefined, at, length: bytes };
    at += bytes + 1;
    return place;
  });
  const isCanonical = at + (found.length === 0 ? 3 : 2) === start + length;
  if (!isCanonical) return damage;
  const idOf = ({ record }: Found): string => (record === undefined ? "" : (textIn(record, "id") ?? ""));
  return found.sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
}
