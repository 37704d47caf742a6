import { setImmediate } from "node:timers/promises";
import { type OpenFile, type OpenRun, readFound } from "../run/open-run.ts";
import { isRecord, listIn, type RawRecord, textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import type { MadeAgain } from "../source-desk.ts";

/** Types that a constitution has a part in, in the order in which they are made. */
const types = ["critique", "revision", "sl-example", "comparison", "no-label", "contrast", "reading"] as const;
/** Of what several principles judged together, each record names them inside. */
const judged: ReadonlySet<string> = new Set(["comparison", "no-label"]);
/** Records that are read at a stretch before others get their turn. */
const stretch = 500;

/** Rows by the principles that judged them together. */
type Ensembles = ReadonlyMap<string, readonly number[]>;

/** Counts, of a run's records, those whose lineage holds one of some principles. */
export class LineageCounter {
  readonly #run: OpenRun;
  readonly #ensembles = new WeakMap<Segment, Promise<Ensembles>>();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** By type, as far as there are any, and as far as records are indexed. */
  async count(principles: ReadonlySet<string>): Promise<MadeAgain["records"]> {
    const again = new Map<string, number>();
    const all = new Map<string, number>();
    for (const file of this.#run.files) {
      for (const segment of file.index.segments) {
        for (const type of types) all.set(type, (all.get(type) ?? 0) + (segment.head.counts[type] ?? 0));
        for (const row of await this.#findReached(file, segment, principles)) {
          const { type } = segment.row(row);
          again.set(type, (again.get(type) ?? 0) + 1);
        }
      }
    }
    return types.flatMap((type) => {
      const of = all.get(type) ?? 0;
      return of === 0 ? [] : [{ type, again: again.get(type) ?? 0, of }];
    });
  }

  /** Rows of these principles, and all that was made from them: what is made of one prompt stands in one segment. */
  async #findReached(file: OpenFile, segment: Segment, principles: ReadonlySet<string>): Promise<ReadonlySet<number>> {
    const reached = new Set<number>();
    if (principles.size === 0) return reached;
    for (let row = 0; row < segment.head.rows; row++) {
      const { principle } = segment.row(row);
      if (principle !== undefined && principles.has(principle)) reached.add(row);
    }
    for (const [key, rows] of await this.#ensemblesOf(file, segment)) {
      if ((JSON.parse(key) as string[]).some((id) => principles.has(id))) for (const row of rows) reached.add(row);
    }
    const hashes = new Float64Array(segment.head.rows);
    for (const { row, hash } of segment.idHashes()) hashes[row] = hash;
    // A set is walked to its end while it grows.
    for (const row of reached) for (const child of segment.rowsByHash("parents", hashes[row] ?? 0)) reached.add(child);
    return reached;
  }

  #ensemblesOf(file: OpenFile, segment: Segment): Promise<Ensembles> {
    const known = this.#ensembles.get(segment) ?? readEnsembles(file, segment);
    this.#ensembles.set(segment, known);
    return known;
  }
}

async function readEnsembles(file: OpenFile, segment: Segment): Promise<Ensembles> {
  const ensembles = new Map<string, number[]>();
  if (!segment.head.types.some((type) => judged.has(type))) return ensembles;
  let read = 0;
  for (let row = 0; row < segment.head.rows; row++) {
    const { type, principle } = segment.row(row);
    if (principle !== undefined || !judged.has(type)) continue;
    const found = readFound(file, segment, row);
    const key = JSON.stringify(found === undefined ? [] : judgesOf(found.record));
    const rows = ensembles.get(key) ?? [];
    ensembles.set(key, rows);
    rows.push(row);
    if (++read % stretch === 0) await setImmediate();
  }
  return ensembles;
}

function judgesOf(record: RawRecord): string[] {
  const named = [...listIn(record, "evidence"), ...listIn(record, "unanswered")]
    .filter(isRecord)
    .flatMap((one) => textIn(one, "principleId") ?? []);
  return [...new Set(named)].sort();
}
