import { addBit, type Bits, emptyBits } from "../query/index.ts";
import type { OpenFile, OpenRun } from "../run/open-run.ts";
import type { Segment } from "../segments/segment.ts";

/** The comparisons whose label the preference model contradicts, joined over hashes of ids: no record is read for it. */
export class ModelVerdicts {
  readonly #run: OpenRun;
  #file: OpenFile | undefined;
  #version = -1;
  #disagreeing = new Map<Segment, Bits>();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** Whether the run has a preference model. */
  get isThere(): boolean {
    return this.#run.listFile("preference-model") !== undefined;
  }

  /** Comparisons of a segment, as far as what the model says of them is indexed. */
  disagreeing(segment: Segment): Bits | undefined {
    const file = this.#run.listFile("preference-model");
    if (file === undefined) return undefined;
    if (file !== this.#file || file.index.version !== this.#version) {
      this.#disagreeing = new Map();
      this.#file = file;
      this.#version = file.index.version;
    }
    const known = this.#disagreeing.get(segment);
    if (known !== undefined) return known;
    const bits = emptyBits(segment.n);
    for (const { row, hash } of segment.idHashes()) {
      if (segment.row(row).type !== "comparison") continue;
      const item = segment.itemOf(row);
      if (item !== undefined && file.index.segments.some((other) => isContradicted(other, hash))) addBit(bits, item);
    }
    this.#disagreeing.set(segment, bits);
    return bits;
  }
}

/** Two ids of one hash are as good as never both there; where it is not told which is meant, nothing is said. */
function isContradicted(segment: Segment, hash: number): boolean {
  const [row, ...others] = segment.rowsByHash("parents", hash);
  const item = row === undefined || others.length > 0 ? undefined : segment.itemOf(row);
  if (item === undefined) return false;
  return (segment.column("probability", item) - 0.5) * (segment.column("label", item) - 0.5) < 0;
}
