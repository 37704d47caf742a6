import {
  type ComparisonRecord,
  type CritiqueRecord,
  type OpinionPair,
  type RevisionRecord,
  readOpinions,
} from "../feedback/index.ts";
import { rateOf, wilson } from "../statistics/index.ts";
import type { Conflict, PrincipleActivity } from "./data.ts";

type Compared = Pick<ComparisonRecord, "id" | "evidence" | "raw">;

/** What the records of training say about each principle, and about two of them at once; one pass, no text kept. */
export class PrincipleCounter {
  readonly #activity = new Map<string, Counts>();
  readonly #pairs = new Map<string, Pair>();

  addCritique({ principleId, finding }: Pick<CritiqueRecord, "principleId" | "finding">): void {
    const own = this.#of(principleId);
    if (finding === "unclear") own.unstated += 1;
    else own.critiques += 1;
    if (finding === "breaks") own.tripped += 1;
  }

  addRevision({ principleId, outcome }: Pick<RevisionRecord, "principleId" | "outcome">): void {
    const own = this.#of(principleId);
    own.revisions += 1;
    if (outcome === "usable") own.usable += 1;
  }

  /** A principle is sure of a pair at |p − ½| ≥ `decidedDistance`; two that are sure of opposite sides are in conflict. */
  addComparison({ id, evidence, raw }: Compared): void {
    for (const { principleId } of evidence) this.#of(principleId).asked += 1;
    const { sure, pairs } = readOpinions({ evidence, raw });
    for (const { principle, probability, isFollowed } of sure) {
      const own = this.#of(principle);
      own.sureness.push(Math.max(probability, 1 - probability));
      own.followed.push(isFollowed);
    }
    for (const pair of pairs) this.#addPair(pair, id);
  }

  activity(): Record<string, PrincipleActivity> {
    return Object.fromEntries(
      [...this.#activity].map(
        ([id, { tripped, critiques, unstated, revisions, usable, asked, sureness, followed }]) => {
          const followedRate = rateOf(followed);
          const activity: PrincipleActivity = {
            ...(critiques === 0 ? {} : { tripped: wilson(tripped, critiques) }),
            unstated,
            revisions,
            usable,
            ...(asked === 0 ? {} : { decided: wilson(sureness.length, asked) }),
            followed: followedRate,
            ...(sureness.length === 0 ? {} : { sureness: sureness.reduce((sum, p) => sum + p, 0) / sureness.length }),
          };
          return [id, activity];
        },
      ),
    );
  }

  /** Pairs that were sure of opposite sides at least once, the most frequent first. */
  conflicts(): Omit<Conflict, "example">[] {
    return [...this.#pairs.values()]
      .filter(({ opposed }) => opposed > 0)
      .sort((a, b) => b.opposed - a.opposed || (a.principles.join(" ") < b.principles.join(" ") ? -1 : 1))
      .map(({ principles, both, opposed, firstPrevailed, example }) => ({
        principles,
        opposed: wilson(opposed, both),
        firstPrevailed: wilson(firstPrevailed, opposed),
        exampleId: example.id,
      }));
  }

  #of(principle: string): Counts {
    const found = this.#activity.get(principle);
    if (found !== undefined) return found;
    const fresh: Counts = {
      critiques: 0,
      unstated: 0,
      tripped: 0,
      revisions: 0,
      usable: 0,
      asked: 0,
      sureness: [],
      followed: [],
    };
    this.#activity.set(principle, fresh);
    return fresh;
  }

  #addPair({ principles, isOpposed, isFirstFollowed, distance }: OpinionPair, id: string): void {
    const key = JSON.stringify(principles);
    const pair = this.#pairs.get(key) ?? {
      principles,
      both: 0,
      opposed: 0,
      firstPrevailed: 0,
      example: { id, distance: 0 },
    };
    this.#pairs.set(key, pair);
    pair.both += 1;
    if (!isOpposed) return;
    pair.opposed += 1;
    if (isFirstFollowed) pair.firstPrevailed += 1;
    // The example is where the less sure of the two is surest; of equals the first.
    if (distance > pair.example.distance) pair.example = { id, distance };
  }
}

interface Counts {
  critiques: number;
  unstated: number;
  tripped: number;
  revisions: number;
  usable: number;
  asked: number;
  /** P of the answer that it prefers, where it is sure. */
  readonly sureness: number[];
  /** Whether the label came out on its side, where it is sure. */
  readonly followed: boolean[];
}

interface Pair {
  readonly principles: readonly [string, string];
  both: number;
  opposed: number;
  firstPrevailed: number;
  example: { readonly id: string; readonly distance: number };
}
