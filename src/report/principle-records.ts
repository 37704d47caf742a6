import type { ComparisonRecord, CritiqueRecord, RevisionRecord } from "../feedback/index.ts";
import { rateOf, wilson } from "../statistics/index.ts";
import type { Conflict, PrincipleActivity } from "./data.ts";
import { decidedDistance } from "./examples.ts";

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
    const sure: { readonly id: string; readonly p: number }[] = [];
    for (const { principleId, probability } of evidence) {
      const own = this.#of(principleId);
      own.asked += 1;
      if (!isSure(probability)) continue;
      own.sureness.push(Math.max(probability, 1 - probability));
      own.followed.push(sameSide(probability, raw));
      sure.push({ id: principleId, p: probability });
    }
    for (const [i, first] of sure.entries()) {
      for (const second of sure.slice(i + 1)) this.#addPair(first, second, { id, raw });
    }
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

  #addPair(a: Sure, b: Sure, { id, raw }: Pick<Compared, "id" | "raw">): void {
    const [first, second] = a.id < b.id ? [a, b] : [b, a];
    const key = JSON.stringify([first.id, second.id]);
    const pair = this.#pairs.get(key) ?? {
      principles: [first.id, second.id],
      both: 0,
      opposed: 0,
      firstPrevailed: 0,
      example: { id, distance: 0 },
    };
    this.#pairs.set(key, pair);
    pair.both += 1;
    if (sameSide(first.p, second.p)) return;
    pair.opposed += 1;
    if (sameSide(first.p, raw)) pair.firstPrevailed += 1;
    // The example is where the less sure of the two is surest; of equals the first.
    const distance = Math.min(Math.abs(first.p - 0.5), Math.abs(second.p - 0.5));
    if (distance > pair.example.distance) pair.example = { id, distance };
  }
}

type Sure = { readonly id: string; readonly p: number };

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

function isSure(probability: number): boolean {
  return Math.abs(probability - 0.5) >= decidedDistance;
}

function sameSide(a: number, b: number): boolean {
  return a > 0.5 === b > 0.5;
}
