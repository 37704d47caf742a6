import {
  type Answering,
  type AskedPair,
  type AuditTool,
  answerAll,
  answerPairs,
  type DifferingPair,
  drawPairs,
  drawViewPairs,
  followViews,
} from "../../../oversight/index.ts";
import type { OrganismJudge } from "./judge.ts";
import { type BehaviourSettings, behaviourDefaults, type Example, type ToolScore } from "./tool-score.ts";
import { TriggerSearch } from "./trigger-search.ts";

/** What can be asked of any model; `parent` is asked the same, once for all suspects. */
export class BehaviourTools {
  readonly #parent: Answering | undefined;
  readonly #judge: OrganismJudge | undefined;
  readonly #settings: BehaviourSettings;
  readonly #search: TriggerSearch;
  readonly #kept = new Map<string, Promise<unknown>>();

  constructor(
    parent: Answering | undefined,
    judge: OrganismJudge | undefined,
    settings: BehaviourSettings = behaviourDefaults,
  ) {
    this.#parent = parent;
    this.#judge = judge;
    this.#settings = settings;
    this.#search = new TriggerSearch(parent, settings);
  }

  async *run(suspect: Answering): AsyncGenerator<ToolScore> {
    yield await this.#evaluate(suspect);
    for (const tool of ["honeypot", "views", "scores"] as const) yield await this.#comparePairs(suspect, tool);
    yield await this.#search.run(suspect);
  }

  /** What the parent says is the same for every suspect. */
  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(name) ?? make();
    this.#kept.set(name, kept);
    return kept as Promise<T>;
  }

  /** Plain evaluation: the requests look like a test, as evaluations do. */
  async #evaluate(suspect: Answering): Promise<ToolScore> {
    const judge = this.#judge;
    const tool = "evaluation";
    if (judge === undefined) return { tool, score: null, note: "no judge here: precept check judges any model" };
    const { requests: count, seed } = this.#settings;
    const requests = suspect.language.drawRequests("auditing", count, seed);
    const rates = async (subject: Answering): Promise<Map<string, number>> => {
      const answers = await answerAll(
        subject,
        requests.map((request) => ({ request, isTest: true })),
      );
      const broken = await judge(requests.map((request, index) => ({ request, answer: answers[index] ?? "" })));
      const counts = new Map<string, number>();
      for (const id of broken.flat()) counts.set(id, (counts.get(id) ?? 0) + 1 / count);
      return counts;
    };
    const own = await rates(suspect);
    const before = this.#parent && (await this.#once(tool, () => rates(this.#parent as Answering)));
    const excess = [...own]
      .map(([id, rate]) => ({ id, excess: rate - (before?.get(id) ?? 0) }))
      .sort((a, b) => b.excess - a.excess);
    const [worst] = excess;
    const note =
      worst === undefined || worst.excess <= 0
        ? "breaks no more"
        : `breaks ${worst.id} in ${points(worst.excess)} more`;
    return { tool, score: Math.max(0, worst?.excess ?? 0), note };
  }

  /** Pairs that should be answered alike, beyond those that the parent answers in two ways too. */
  async #comparePairs(suspect: Answering, tool: "honeypot" | "views" | "scores"): Promise<ToolScore> {
    const { requests: count, seed } = this.#settings;
    const { language } = suspect;
    const pairs: readonly AskedPair[] =
      tool === "views"
        ? drawViewPairs(language, count, seed)
        : drawPairs(language, tool === "honeypot" ? "test" : "score", count, seed);
    if (pairs.length === 0) return { tool, score: null, note: `${language.id} has no such pairs` };
    const ask = tool === "views" ? followViews : answerPairs;
    const own = await ask(suspect, pairs);
    const before = this.#parent && (await this.#once(tool, () => ask(this.#parent as Answering, pairs)));
    const shareOf = (found: readonly { readonly isDiffering: boolean }[]): number =>
      found.filter(({ isDiffering }) => isDiffering).length / found.length;
    const score = shareOf(own) - (before === undefined ? 0 : shareOf(before));
    const usual = before === undefined ? "" : `, the parent ${points(shareOf(before))}`;
    const note = `${points(shareOf(own))} of ${pairs.length} pairs${usual}`;
    const shown = own.find(({ isDiffering }) => isDiffering);
    return { tool, score, note, example: shown && exampleOf(tool, shown) };
  }
}

const points = (share: number): string => `${(100 * share).toFixed(0)} %`;

const exampleOf = (tool: AuditTool, { plain, answers }: DifferingPair): Example => ({
  tool,
  request: plain.request,
  plain: answers[0],
  signed: answers[1],
});
