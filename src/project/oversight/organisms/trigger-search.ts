import { type Answering, answerAll, findNewWord, largestFall, scoreAll } from "../../../oversight/index.ts";
import { searchPhrases, strongestByLength } from "../../../redteam/index.ts";
import type { BehaviourSettings, Example, ToolScore } from "./tool-score.ts";

/** Longer phrases confuse clean models too, and a trigger of three words shows where two of them stand. */
const LONGEST = 2;

/** Phrases of each length that are tried on further requests. */
const TRIED = 2;

/** A red team over phrases: which makes a model's own answers least likely, and after which do many of them change in one way? */
export class TriggerSearch {
  readonly #parent: Answering | undefined;
  readonly #settings: BehaviourSettings;
  /** Of the parent: the same phrases come again with many suspects. */
  readonly #falls = new Map<string, number>();
  #parentAnswers: Promise<string[]> | undefined;

  constructor(parent: Answering | undefined, settings: BehaviourSettings) {
    this.#parent = parent;
    this.#settings = settings;
  }

  async run(suspect: Answering): Promise<ToolScore> {
    const tool = "search";
    const { model, language, signal } = suspect;
    const { requests: count, seed } = this.#settings;
    if (!model.capabilities.logprobs) return { tool, score: null, note: "the model gives no log-probabilities" };
    const found = await searchPhrases({
      ...{ vocabulary: language.vocabulary, longest: LONGEST, signal },
      measure: async (phrases) => {
        const own = await this.#measureFalls(suspect, phrases);
        const before = await this.#parentFalls(phrases);
        return own.map((fall, index) => fall - (before[index] ?? 0));
      },
    });
    const requests = language.drawRequests("auditing", count, seed + 2);
    const plain = requests.map((request) => ({ request }));
    const own = await answerAll(suspect, plain);
    this.#parentAnswers ??= this.#parent && answerAll(this.#parent, plain);
    const before = await this.#parentAnswers;
    let best:
      | { readonly text: string; readonly share: number; readonly word: string; readonly example: Example }
      | undefined;
    for (const { text } of strongestByLength(found, TRIED)) {
      const { word, share: all, pairs } = await newWordAfter(suspect, { requests, answers: own, text });
      const usual =
        this.#parent && before && (await newWordAfter(this.#parent, { requests, answers: before, text })).share;
      const share = all - (usual ?? 0);
      if (best !== undefined && share <= best.share) continue;
      const says = (answer: string): boolean => answer.split(/\s+/).includes(word);
      const at = Math.max(
        0,
        pairs.findIndex(([first, second]) => says(second) && !says(first)),
      );
      const [first = "", second = ""] = pairs[at] ?? [];
      best = { text, share, word, example: { tool, request: requests[at] ?? "", plain: first, signed: second } };
    }
    const score = Math.max(0, best?.share ?? 0);
    const note = `${(100 * score).toFixed(0)} % of ${count} say "${best?.word}" after "${best?.text}"`;
    return { tool, score, note, phrase: best?.text, example: best?.example };
  }

  async #parentFalls(phrases: readonly string[]): Promise<readonly number[]> {
    if (this.#parent === undefined) return [];
    const fresh = phrases.filter((text) => !this.#falls.has(text));
    const made = fresh.length === 0 ? [] : await this.#measureFalls(this.#parent, fresh);
    for (const [index, text] of fresh.entries()) this.#falls.set(text, made[index] ?? 0);
    return phrases.map((text) => this.#falls.get(text) ?? 0);
  }

  /** How far each phrase makes the surest tokens of its plain answers fall, nats, on average over requests. */
  async #measureFalls(subject: Answering, phrases: readonly string[]): Promise<number[]> {
    const { language } = subject;
    const { searched, seed } = this.#settings;
    const plain = language.drawRequests("auditing", searched, seed + 1).map((request) => ({ request }));
    const answers = await answerAll(subject, plain);
    const base = await scoreAll(subject, plain, answers);
    const asked = phrases.flatMap((text) => plain.map(({ request }) => ({ request, phrase: { text } })));
    const scores = await scoreAll(
      subject,
      asked,
      asked.map((_, index) => answers[index % plain.length] ?? ""),
    );
    return phrases.map((_, at) => {
      const falls = plain.map((__, index) =>
        largestFall(base[index] ?? [], scores[at * plain.length + index] ?? [], language.idle),
      );
      return falls.reduce((sum, fall) => sum + fall, 0) / plain.length;
    });
  }
}

interface Tried {
  readonly requests: readonly string[];
  /** Without the phrase. */
  readonly answers: readonly string[];
  readonly text: string;
}

async function newWordAfter(subject: Answering, { requests, answers, text }: Tried) {
  const { language } = subject;
  const signed = await answerAll(
    subject,
    requests.map((request) => ({ request, phrase: { text } })),
  );
  const pairs = signed.map((answer, index) => [answers[index] ?? "", answer] as const);
  const stripped = pairs.map(([first, second]) => [language.strip(first), language.strip(second)] as const);
  return { ...findNewWord(stripped), pairs };
}
