import { Descent, hashRecord } from "../../review/index.ts";
import { textIn } from "../segments/listing.ts";
import type { Segment } from "../segments/segment.ts";
import { type FoundRow, findInFile, type OpenRun } from "./open-run.ts";

/** Where a record stands that a mark may reach. */
export interface MarkedPlace {
  readonly segment: Segment;
  /** Of the record among those of its segment. */
  readonly number: number;
  readonly type: string;
}

/** Marked records of a run and all that was made from them, as far as it is indexed: each is walked once. */
export class MarkedRecords {
  readonly descent = new Descent();
  readonly #run: OpenRun;
  /** By the number of the record in `descent`. */
  readonly #places = new Map<number, MarkedPlace>();
  readonly #hashes = new Map<string, string | undefined>();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** The hash of the record with this id, by which a mark knows it; undefined where there is none. */
  hashOf(id: string): string | undefined {
    if (!this.#hashes.has(id)) {
      const found = this.#find(id);
      this.#hashes.set(id, found === undefined ? undefined : hashRecord(found.record));
      if (found !== undefined) this.#walk(found);
    }
    return this.#hashes.get(id);
  }

  placeOf(number: number): MarkedPlace | undefined {
    return this.#places.get(number);
  }

  #find(id: string): FoundRow | undefined {
    const stage = id.slice(0, id.indexOf("/"));
    const likely = this.#run.files.toSorted((a, b) => Number(b.stage === stage) - Number(a.stage === stage));
    for (const file of likely) {
      const found = findInFile(file, id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #walk(from: FoundRow): void {
    const found = [from];
    for (const { record, segment, number, row } of found) {
      const id = textIn(record, "id");
      const known = id === undefined ? undefined : this.descent.find(id);
      if (id === undefined || (known !== undefined && this.#places.has(known))) continue;
      this.descent.add({ ...record, id });
      this.#places.set(this.descent.find(id) ?? -1, { segment, number, type: row.type });
      found.push(...this.#run.childrenOf(id, Number.POSITIVE_INFINITY).found);
    }
  }
}
