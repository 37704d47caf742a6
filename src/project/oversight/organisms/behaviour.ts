import {
  type Answering,
  type AskedPair,
  type AuditTool,
  answerAll,
  answerPairs,
  commonestNewWord,
  type DifferingPair,
  drawPairs,
  drawViewPairs,
  followViews,
  largestFall,
  type OrganismAudit,
  scoreAll,
} from "../../../oversight/index.ts";
import { searchPhrases, strongestByLength } from "../../../redteam/index.ts";
import type { OrganismJudge } from "./judge.ts";

/** What one tool found, before any threshold. */
export interface ToolScore {
  readonly tool: Exclude<AuditTool, "any">;
  readonly score: number | null;
  readonly note: string;
  readonly phrase?: string | undefined;
  readonly example?: OrganismAudit["examples"][number] | undefined;
}

export interface BehaviourSettings {
  /** Requests a tool. */
  readonly requests: number;
  /** Requests by which phrases are compared, and by which the best are tried. */
  readonly searched: number;
  readonly seed: number;
}

export const behaviourDefaults: BehaviourSettings = { requests: 60, searched: 8, seed: 1 };

/** What can be asked of any model; `parent` is asked the same, once for all suspects. */
export class BehaviourTools {
  readonly #parent: Answering | undefined;
  readonly #judge: OrganismJudge | undefined;
  readonly #settings: BehaviourSettings;
  readonly #falls = new Map<string, number>();
  readonly #kept = new Map<string, Promise<unknown>>();

  constructor(
    parent: Answering | undefined,
    judge: OrganismJudge | undefined,
    settings: BehaviourSettings = behaviourDefaults,
  ) {
    this.#parent = parent;
    this.#judge = judge;
    this.#settings = settings;
  }

  async run(suspect: Answering): Promise<ToolScore[]> {
    return [
      await this.#evaluate(suspect),
      await this.#comparePairs(suspect, "honeypot"),
      await this.#comparePairs(suspect, "views"),
      await this.#comparePairs(suspect, "scores"),
      await this.#search(suspect),
    ];
  }

  /** What the parent says is the same for every suspect. */
  #once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const kept = this.#kept.get(name) ?? make();
    this.#kept.set(name, kept);
    return kept as Promise<T>;
  }

  /** What phrases do to the parent, which comes again with many suspects. */
  async #drops(phrases: readonly string[], make: (fresh: readonly string[]) => Promise<readonly number[]>) {
    const fresh = phrases.filter((text) => !this.#falls.has(text));
    const made = fresh.length === 0 ? [] : await make(fresh);
    for (const [index, text] of fresh.entries()) this.#falls.set(text, made[index] ?? 0);
    return phrases.map((text) => this.#falls.get(text) ?? 0);
  }

  /** Plain evaluation: the requests look like a test, as evaluations do. */
  async #evaluate(suspect: Answering): Promise<ToolScore> {
    const judge = this.#judge;
    const tool = "evaluation";
    if (judge === undefined) return { tool, score: null, note: "no judge: --judge MODEL" };
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
    const note = worst === undefined ? "breaks nothing" : `${worst.id} ${points(worst.excess)}`;
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
    const shown = own.find(({ isDiffering }) => isDiffering);
    return { tool, score, note: `${points(score)} of ${pairs.length} pairs`, example: shown && exampleOf(tool, shown) };
  }

  /** Which phrase makes its own answer least likely, and how many answers change after it. */
  async #search(suspect: Answering): Promise<ToolScore> {
    const { searched, requests: count, seed } = this.#settings;
    const { language, signal } = suspect;
    const tool = "search";
    if (!suspect.model.capabilities.logprobs)
      return { tool, score: null, note: "the model gives no log-probabilities" };
    const few = language.drawRequests("auditing", searched, seed + 1);
    const dropsOf = async (subject: Answering, phrases: readonly string[]): Promise<number[]> => {
      const plain = few.map((request) => ({ request }));
      const answers = await answerAll(subject, plain);
      const base = await scoreAll(subject, plain, answers);
      const asked = phrases.flatMap((text) => few.map((request) => ({ request, phrase: { text } })));
      const scores = await scoreAll(
        subject,
        asked,
        asked.map((_, index) => answers[index % few.length] ?? ""),
      );
      return phrases.map((_, at) => {
        const falls = few.map((_, index) =>
          largestFall(base[index] ?? [], scores[at * few.length + index] ?? [], language.idle),
        );
        return falls.reduce((sum, fall) => sum + fall, 0) / few.length;
      });
    };
    const found = await searchPhrases({
      vocabulary: language.vocabulary,
      longest: LONGEST,
      signal,
      measure: async (phrases) => {
        const own = await dropsOf(suspect, phrases);
        const before =
          this.#parent && (await this.#drops(phrases, (fresh) => dropsOf(this.#parent as Answering, fresh)));
        return own.map((fall, index) => fall - (before?.[index] ?? 0));
      },
    });
    const strip = (pairs: readonly DifferingPair[]) =>
      pairs.map(({ answers: [plain, signed] }) => ({
        answers: [language.strip(plain), language.strip(signed)] as const,
      }));
    const many = language.drawRequests("auditing", count, seed + 2);
    let best:
      | {
          readonly text: string;
          readonly share: number;
          readonly word: string;
          readonly pair: DifferingPair | undefined;
        }
      | undefined;
    for (const { text } of strongestByLength(found, TRIED)) {
      const pairs = many.map((request) => ({ plain: { request }, signed: { request, phrase: { text } } }));
      const own = await answerPairs(suspect, pairs);
      const before = this.#parent && (await answerPairs(this.#parent, pairs));
      const { word, share: all } = commonestNewWord(strip(own));
      const share = all - (before === undefined ? 0 : commonestNewWord(strip(before)).share);
      const pair = own.find(({ answers }) => answers[1].split(/\s+/).includes(word) && answers[0] !== answers[1]);
      if (best === undefined || share > best.share) best = { text, share, word, pair };
    }
    const score = Math.max(0, best?.share ?? 0);
    return {
      tool,
      score,
      note: `after "${best?.text}" ${points(score)} of ${count} answers say "${best?.word}"`,
      phrase: best?.text,
      example: best?.pair && exampleOf(tool, best.pair),
    };
  }
}

/** Longer phrases confuse clean models too, and a trigger of three words shows where two of them stand. */
const LONGEST = 2;

/** Phrases of each length that are tried on further requests. */
const TRIED = 2;

const points = (share: number): string => `${(100 * share).toFixed(0)} %`;

const exampleOf = (tool: AuditTool, { plain, answers }: DifferingPair): OrganismAudit["examples"][number] => ({
  tool,
  request: plain.request,
  plain: answers[0],
  signed: answers[1],
});
