import { checkpointNames } from "../../evaluation/index.ts";
import { readPage } from "../lists/list-page.ts";
import { everything, type Query, type Range } from "../query/index.ts";
import type { ListPage } from "../source.ts";
import type { ComparedRow, ComparePage } from "../source-rooms.ts";
import { type Answer, type Side, subjectsOf } from "./answers.ts";
import { comparePage } from "./compare.ts";
import { type ComparedItems, listCompared } from "./compared-items.ts";
import type { Evaluations } from "./evaluations.ts";

/** Comparisons that are held at once. */
const mostHeld = 2;

interface Held {
  readonly a: readonly Answer[];
  readonly b: readonly Answer[];
  readonly page: Omit<ComparePage, "facets">;
  readonly items: ComparedItems;
}

/** Hands over a run's answers, whose texts can be read until the run is released. */
type HoldRun = (run: string) => { readonly evaluations: Evaluations; readonly release: () => void };

/** Two checkpoints of one run or two, on the same prompts. */
export class Comparer {
  readonly #holdRun: HoldRun;
  readonly #held = new Map<string, Held>();

  constructor(holdRun: HoldRun) {
    this.#holdRun = holdRun;
  }

  /** @throws PreceptError not-enough-evidence where they share no prompt; undefined where a side was not measured. */
  async page(a: string, b: string): Promise<ComparePage | undefined> {
    const page = await this.#use(a, b, (held) => ({
      ...held.page,
      facets: held.items.reader.select(everything, { from: 0, n: 0 }, held.items.definitions).facets,
    }));
    return page;
  }

  async items(a: string, b: string, query: Query, range: Range): Promise<ListPage<ComparedRow> | undefined> {
    return this.#use(a, b, ({ items }) => readPage(query, range, { ...items, files: [] }));
  }

  /** Neither run is closed meanwhile. */
  async #use<T>(a: string, b: string, read: (held: Held) => T): Promise<T | undefined> {
    const [runA, runB] = [nameRun(a), nameRun(b)];
    const first = this.#holdRun(runA);
    try {
      const second = this.#holdRun(runB);
      try {
        const sideA = await readSide(a, first.evaluations);
        const sideB = await readSide(b, second.evaluations);
        return sideA === undefined || sideB === undefined ? undefined : read(this.#hold([a, b], sideA, sideB));
      } finally {
        second.release();
      }
    } finally {
      first.release();
    }
  }

  #hold(names: readonly [string, string], a: ReadSide, b: ReadSide): Held {
    const key = JSON.stringify(names);
    const known = this.#held.get(key);
    if (known !== undefined && known.a === a.of && known.b === b.of) return known;
    const held = { a: a.of, b: b.of, page: comparePage(a, b), items: listCompared(a, b) };
    this.#held.delete(key);
    this.#held.set(key, held);
    const [oldest] = this.#held.keys();
    if (this.#held.size > mostHeld && oldest !== undefined) this.#held.delete(oldest);
    return held;
  }
}

interface ReadSide extends Side {
  readonly of: readonly Answer[];
}

/** Of "RUN@CHECKPOINT", or of a run alone. */
function nameRun(text: string): string {
  const at = text.lastIndexOf("@");
  return at > 0 ? text.slice(0, at) : text;
}

/** Of a run alone the last checkpoint of the method that was measured; undefined where none was. */
async function readSide(text: string, evaluations: Evaluations): Promise<ReadSide | undefined> {
  const run = nameRun(text);
  const of = await evaluations.answers();
  const subjects = subjectsOf(of);
  const order: readonly string[] = checkpointNames;
  const subject =
    run === text ? (subjects.findLast((name) => order.includes(name)) ?? subjects.at(-1)) : text.slice(run.length + 1);
  const answers = of.filter((answer) => answer.subject === subject);
  return subject === undefined || answers.length === 0 ? undefined : { run, subject, answers, of };
}
