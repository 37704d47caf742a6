import { checkpointNames } from "../../evaluation/index.ts";
import { everything, type Query, type Range } from "../query/index.ts";
import { SharedLister } from "../shared/index.ts";
import type { ListPage } from "../source.ts";
import type { ComparedRow, ComparePage } from "../source-rooms.ts";
import { type Answer, type Side, subjectsOf } from "./answers.ts";
import { comparePage } from "./compare.ts";
import { listCompared } from "./compared-items.ts";

/** Comparisons that are held at once. */
const mostHeld = 2;

interface Held {
  readonly a: readonly Answer[];
  readonly b: readonly Answer[];
  readonly page: Omit<ComparePage, "facets">;
  readonly lister: SharedLister;
}

/** Two checkpoints of one run or two, on the same prompts. */
export class Comparer {
  readonly #answersOf: (run: string) => Promise<readonly Answer[]>;
  readonly #held = new Map<string, Held>();

  constructor(answersOf: (run: string) => Promise<readonly Answer[]>) {
    this.#answersOf = answersOf;
  }

  /** @throws PreceptError not-enough-evidence where they share no prompt; undefined where a side was not measured. */
  async page(a: string, b: string): Promise<ComparePage | undefined> {
    const held = await this.#hold(a, b);
    if (held === undefined) return undefined;
    const { facets } = held.lister.select(everything, { from: 0, n: 0 });
    return { ...held.page, facets };
  }

  async items(a: string, b: string, query: Query, range: Range): Promise<ListPage<ComparedRow> | undefined> {
    return (await this.#hold(a, b))?.lister.select(query, range) as ListPage<ComparedRow> | undefined;
  }

  async #hold(a: string, b: string): Promise<Held | undefined> {
    const [sideA, sideB] = [await this.#read(a), await this.#read(b)];
    if (sideA === undefined || sideB === undefined) return undefined;
    const key = JSON.stringify([a, b]);
    const known = this.#held.get(key);
    if (known !== undefined && known.a === sideA.of && known.b === sideB.of) return known;
    const { list, textsOf } = listCompared(sideA, sideB);
    const held = { a: sideA.of, b: sideB.of, page: comparePage(sideA, sideB), lister: new SharedLister(list, textsOf) };
    this.#held.delete(key);
    this.#held.set(key, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostHeld && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }

  /** "RUN@CHECKPOINT", or a run alone: the last checkpoint of the method that was measured. */
  async #read(text: string): Promise<(Side & { readonly of: readonly Answer[] }) | undefined> {
    const at = text.lastIndexOf("@");
    const run = at > 0 ? text.slice(0, at) : text;
    const of = await this.#answersOf(run);
    const subjects = subjectsOf(of);
    const order: readonly string[] = checkpointNames;
    const subject =
      at > 0 ? text.slice(at + 1) : (subjects.findLast((name) => order.includes(name)) ?? subjects.at(-1));
    const answers = of.filter((answer) => answer.subject === subject);
    return subject === undefined || answers.length === 0 ? undefined : { run, subject, answers, of };
  }
}
