import type { Analysis } from "../analysis.ts";
import type { Place } from "./wire.ts";

/** Where everybody stands, in a few large pieces: what goes from one process to another costs a copy of bytes, not an object each. */
export interface PackedPlaces {
  /** JSON of the participants' names, ascending. */
  readonly participants: string;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** -1 for none. */
  readonly groups: Int8Array;
}

/** What each statement still needs, likewise. */
export interface PackedNeeds {
  /** JSON of the statements' names, ascending. */
  readonly statements: string;
  readonly extremity: Float64Array;
  /** Votes that each group must still give. (statements × groups) */
  readonly missing: Uint16Array;
  readonly groups: number;
}

export function packPlaces({ positions }: Pick<Analysis, "positions">): PackedPlaces {
  return {
    participants: JSON.stringify(positions.map(({ participant }) => participant)),
    x: Float64Array.from(positions, ({ x }) => x),
    y: Float64Array.from(positions, ({ y }) => y),
    groups: Int8Array.from(positions, ({ group }) => group ?? -1),
  };
}

export function packNeeds({ statements }: Pick<Analysis, "statements">): PackedNeeds {
  const missing = statements.flatMap(({ agreement }) => agreement.missingVotes);
  return {
    statements: JSON.stringify(statements.map(({ statement }) => statement)),
    extremity: Float64Array.from(statements, ({ extremity }) => extremity),
    missing: Uint16Array.from(missing),
    groups: statements.length === 0 ? 0 : missing.length / statements.length,
  };
}

/** Places by participant. */
export class Places {
  readonly #packed: PackedPlaces;
  readonly #names: readonly string[];

  constructor(packed: PackedPlaces) {
    this.#packed = packed;
    this.#names = JSON.parse(packed.participants) as readonly string[];
  }

  get(participant: string): Place | undefined {
    const { x, y, groups } = this.#packed;
    const i = indexIn(this.#names, participant);
    if (i < 0) return undefined;
    const group = groups[i] as number;
    return { x: x[i] as number, y: y[i] as number, group: group < 0 ? null : group };
  }
}

/** Needs by statement. */
export class Needs {
  readonly #packed: PackedNeeds;
  readonly #names: readonly string[];

  constructor(packed: PackedNeeds) {
    this.#packed = packed;
    this.#names = JSON.parse(packed.statements) as readonly string[];
  }

  get extremity(): Float64Array {
    return this.#packed.extremity;
  }

  /** -1 for a statement that nobody knows of. */
  placeOf(statement: string): number {
    return indexIn(this.#names, statement);
  }

  /** Votes that each group must still give to a statement. */
  missingVotes(statement: string): readonly number[] {
    const place = this.placeOf(statement);
    const { missing, groups } = this.#packed;
    return place < 0 ? [] : Array.from(missing.subarray(place * groups, (place + 1) * groups));
  }

  /** Bit g: group g has not said enough to the statement at a place; 0 for none. */
  missingGroups(place: number): number {
    const { missing, groups } = this.#packed;
    let bits = 0;
    for (let group = 0; place >= 0 && group < groups; group++)
      if ((missing[place * groups + group] as number) > 0) bits |= 1 << group;
    return bits >>> 0;
  }
}

/** The place of a name among ascending ones, -1 where it is none of them. */
function indexIn(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  return names[low] === name ? low : -1;
}
