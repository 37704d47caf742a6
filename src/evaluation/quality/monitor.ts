import type {
  ComparisonRecord,
  CritiqueRecord,
  FeedbackRecord,
  NoLabelRecord,
  ResponseRecord,
  RevisionRecord,
} from "../../feedback/index.ts";
import { duplicateShare, findMostRepeated, lengthStatistics, words } from "../text.ts";
import { TextSample } from "./sample.ts";
import type { Quality } from "./schema.ts";
import { findUseless, type Useless } from "./useless.ts";
import { qualityWarnings } from "./warnings.ts";

/** Texts looked at for repetitions. */
const sampleSize = 2000;
const shownExamples = 3;
/** A label this near to one half says less than 0.01 bits. */
const atOneHalf = 0.05;

export interface MonitorOptions {
  /** Ids of the principles that may criticise, and of those that may compare. */
  readonly critique: readonly string[];
  readonly comparison: readonly string[];
  /** Whether critiques are asked to state a finding. Default: no, as in the paper. */
  readonly findings?: boolean | undefined;
  /** Whether a critique without a finding is followed by a revision all the same, as where one principle is drawn. Default: no. */
  readonly revisesUnclear?: boolean | undefined;
}

/** Records that show something, the first few of a kind. */
export type Examples = Readonly<
  Partial<Record<ExampleKind, readonly { readonly id: string; readonly text: string }[]>>
>;
type ExampleKind =
  | "unchanged"
  | "metaText"
  | "withoutFault"
  | "orderFlip"
  | "unanswered"
  | "withheld"
  | "critiqueWithheld"
  | "copy"
  | "answers-cut"
  | "revisions-cut"
  | "critiques-cut"
  | "unclear"
  | "unusable"
  | "undecided"
  | "label";

/** A critique that says it has nothing to object to, where it states no finding of its own. */
const nothingFound =
  /\b(?:no (?:specific |obvious |apparent |real )?(?:issues?|problems?|harm|faults?|objections?|concerns?)|nothing (?:to object|harmful|wrong|problematic)|(?:is|was) (?:already )?(?:fine|harmless|appropriate|acceptable|good as it is))\b/i;

interface PrincipleSums {
  critiques: number;
  revisions: number;
  comparisons: number;
  decided: number;
  sum: number;
  squares: number;
}

/**
 * Watches the data of a run as it is made: records of sl-cai and ai-feedback, in any order, in memory that does not grow with
 * them. What it says is a function of the records seen.
 */
export class QualityMonitor {
  readonly #options: MonitorOptions;
  readonly #trained = new TextSample(sampleSize);
  readonly #revisions = {
    n: 0,
    unchanged: 0,
    metaText: 0,
    empty: 0,
    incomplete: 0,
    copies: 0,
    bareRefusals: 0,
    cut: 0,
  };
  readonly #critiques = { n: 0, withoutFault: 0, breaks: 0, withheld: 0, unclear: 0, cut: 0 };
  readonly #responses = { n: 0, cut: 0, reasoning: 0 };
  readonly #labels = { n: 0, orderFlips: 0, questions: 0, withoutLabel: 0, votes: 0, judged: 0, decided: 0 };
  readonly #letters: [number, number] = [0, 0];
  readonly #sides: [number, number] = [0, 0];
  readonly #unanswered: Record<string, number> = {};
  readonly #principles = new Map<string, PrincipleSums>();
  readonly #examples: Partial<Record<ExampleKind, { id: string; text: string }[]>> = {};
  readonly #answered = { n: 0, withheld: 0 };
  #entropy = 0;
  #before = { words: 0, n: 0 };
  #after = { words: 0, n: 0 };

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  add(record: FeedbackRecord): void {
    if ("reasoning" in record && record.reasoning !== undefined) this.#responses.reasoning += 1;
    if (record.type === "response") this.#response(record);
    else if (record.type === "critique") this.#critique(record);
    else if (record.type === "revision") this.#revision(record);
    else if (record.type === "sl-example" && record.source !== "replay") {
      this.#trained.add(record.id, record.completion.trim());
    } else if (record.type === "comparison") this.#comparison(record);
    else if (record.type === "no-label") this.#noLabel(record);
  }

  /** Why the data seen so far would teach nothing, with an example; undefined where it might. */
  useless(): (Useless & { readonly example: { readonly id: string; readonly text: string } | undefined }) | undefined {
    const counts = { revisions: this.#allRevisions(), critiques: this.#critiques, labels: this.#allLabels() };
    const useless = findUseless(counts, this.#options);
    return useless && { ...useless, example: this.#examples[useless.shown]?.[0] };
  }

  quality(): Quality {
    const sample = this.#trained.items();
    const texts = sample.map(({ text }) => text);
    const quality: Omit<Quality, "warnings"> = {
      version: 1,
      revisions: this.#allRevisions(),
      critiques: { ...this.#critiques },
      responses: { ...this.#responses },
      answers: {
        n: this.#trained.n,
        words: lengthStatistics(texts) ?? null,
        sampled: texts.length,
        mostRepeated: findMostRepeated(texts),
        duplicateShare: duplicateShare(texts),
      },
      labels: this.#allLabels(),
      principles: this.#principleTable(),
    };
    const carriers = sample.filter(({ text }) =>
      words(text)
        .join(" ")
        .includes(quality.answers.mostRepeated.ngram || "\u0000"),
    );
    const seen = { ...this.#examples, boilerplate: carriers.slice(0, shownExamples) };
    return { ...quality, warnings: qualityWarnings(quality, seen, { ...this.#options, answered: this.#answered }) };
  }

  #allRevisions(): Quality["revisions"] {
    const mean = ({ words: sum, n: count }: { words: number; n: number }): number => (count === 0 ? 0 : sum / count);
    return { ...this.#revisions, wordsBefore: mean(this.#before), wordsAfter: mean(this.#after) };
  }

  #allLabels(): Quality["labels"] {
    const { n } = this.#labels;
    return {
      ...this.#labels,
      meanEntropyBits: n === 0 ? 0 : this.#entropy / n,
      unanswered: { ...this.#unanswered },
      letters: [...this.#letters],
      sides: [...this.#sides],
    };
  }

  #response({ id, response, kind, finishReason, missing }: ResponseRecord): void {
    this.#answered.n += 1;
    this.#responses.n += 1;
    if (finishReason === "length") {
      this.#responses.cut += 1;
      this.#show("answers-cut", id, response);
    }
    if (missing !== undefined || finishReason === "error" || finishReason === "content-filter") {
      this.#answered.withheld += 1;
      this.#show("withheld", id, missing ?? finishReason);
    }
    if (kind === "red-team") this.#before = grow(this.#before, response);
  }

  #critique({ id, critique, finding, finishReason, principleId, missing }: CritiqueRecord): void {
    this.#critiques.n += 1;
    this.#of(principleId).critiques += 1;
    if (missing !== undefined) {
      this.#critiques.withheld += 1;
      this.#show("critiqueWithheld", id, missing);
    } else if (finding === "unclear") {
      this.#critiques.unclear += 1;
      this.#show("unclear", id, critique);
    }
    if (finishReason === "length") {
      this.#critiques.cut += 1;
      this.#show("critiques-cut", id, critique);
    }
    if (finding === "breaks") this.#critiques.breaks += 1;
    if (finding === "keeps" || (finding === "unclear" && nothingFound.test(critique))) {
      this.#critiques.withoutFault += 1;
      this.#show("withoutFault", id, critique);
    }
  }

  #revision({ id, revision, outcome, finishReason, principleId }: RevisionRecord): void {
    this.#revisions.n += 1;
    this.#of(principleId).revisions += 1;
    if (outcome === "usable") this.#after = grow(this.#after, revision);
    else this.#show("unusable", id, `${outcome}: ${revision}`);
    if (finishReason === "length") {
      this.#revisions.cut += 1;
      this.#show("revisions-cut", id, revision);
    }
    if (outcome === "unchanged") {
      this.#revisions.unchanged += 1;
      this.#show("unchanged", id, revision);
    } else if (outcome === "meta-text") {
      this.#revisions.metaText += 1;
      this.#show("metaText", id, revision);
    } else if (outcome === "copy") {
      this.#revisions.copies += 1;
      this.#show("copy", id, revision);
    } else if (outcome === "empty") this.#revisions.empty += 1;
    else if (outcome === "bare-refusal") this.#revisions.bareRefusals += 1;
    else if (outcome === "incomplete") this.#revisions.incomplete += 1;
  }

  #comparison({ id, raw, evidence, unanswered = [], responses, labelledBy, principleId }: ComparisonRecord): void {
    this.#labels.n += 1;
    this.#entropy += entropyBits(raw);
    if (evidence.length > 0) this.#labels.judged += 1;
    if (Math.abs(raw - 0.5) > atOneHalf) this.#labels.decided += 1;
    else this.#show("undecided", id, `${raw.toFixed(2)} for ${responses[0]}`);
    if (raw !== 0.5) this.#sides[raw > 0.5 ? 0 : 1] += 1;
    this.#show("label", id, `${raw.toFixed(2)} for ${responses[0]}`);
    for (const { missing } of unanswered) this.#unanswered[missing] = (this.#unanswered[missing] ?? 0) + 1;
    for (const { principleId, probability, orders } of evidence) {
      this.#labels.questions += 1;
      for (const [place, order] of orders.entries()) {
        if (order.probability !== 0.5) this.#letters[order.probability > 0.5 === (place === 0) ? 0 : 1] += 1;
      }
      if (orders.some(({ method }) => method === "votes")) this.#labels.votes += 1;
      if ((orders[0].probability - 0.5) * (orders[1].probability - 0.5) < 0) {
        this.#labels.orderFlips += 1;
        this.#show("orderFlip", id, `(A) ${responses[0]}`);
      }
      this.#countFor(principleId, probability);
    }
    if (labelledBy !== undefined && principleId !== null) this.#countFor(principleId, raw);
  }

  #countFor(principleId: string, probability: number): void {
    const own = this.#of(principleId);
    const strength = Math.abs(probability - 0.5);
    own.comparisons += 1;
    if (strength > 0.25) own.decided += 1;
    own.sum += strength;
    own.squares += strength * strength;
  }

  #noLabel({ id, unanswered }: NoLabelRecord): void {
    this.#labels.withoutLabel += 1;
    this.#show("undecided", id, unanswered.map(({ said, missing }) => said ?? missing)[0] ?? "");
    for (const { missing, said = missing } of unanswered) {
      this.#unanswered[missing] = (this.#unanswered[missing] ?? 0) + 1;
      this.#show("unanswered", id, said);
    }
  }

  #principleTable(): Quality["principles"] {
    const used = [...this.#principles].sort(([a], [b]) => (a < b ? -1 : 1));
    const all = used.reduce((sums, [, own]) => addSums(sums, own, 1), { n: 0, sum: 0, squares: 0 });
    return Object.fromEntries(
      used.map(([id, { sum, squares, ...counts }]) => {
        const own = { n: counts.comparisons, sum, squares };
        const strength = own.n === 0 ? 0 : sum / own.n;
        const rest = addSums(all, { comparisons: counts.comparisons, sum, squares }, -1);
        return [id, { ...counts, strength, apart: standardErrorsApart(own, rest) }];
      }),
    );
  }

  #of(id: string): PrincipleSums {
    const own = this.#principles.get(id) ?? {
      critiques: 0,
      revisions: 0,
      comparisons: 0,
      decided: 0,
      sum: 0,
      squares: 0,
    };
    this.#principles.set(id, own);
    return own;
  }

  #show(kind: ExampleKind, id: string, text: string): void {
    const shown = this.#examples[kind] ?? [];
    this.#examples[kind] = shown;
    if (shown.length >= shownExamples || shown.some((example) => example.id === id)) return;
    shown.push({ id, text: text.replace(/\s+/g, " ").slice(0, 160) });
  }
}

interface Sums {
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

function addSums(a: Sums, b: { comparisons: number; sum: number; squares: number }, sign: 1 | -1): Sums {
  return { n: a.n + sign * b.comparisons, sum: a.sum + sign * b.sum, squares: a.squares + sign * b.squares };
}

/** (mean − mean') / √(s²/n + s'²/n'), Welch; 0 where either has fewer than two. */
function standardErrorsApart(a: Sums, b: Sums): number {
  if (a.n < 2 || b.n < 2) return 0;
  const error = Math.sqrt(Math.max(0, variance(a) / a.n + variance(b) / b.n));
  return error === 0 ? 0 : (a.sum / a.n - b.sum / b.n) / error;
}

function variance({ n, sum, squares }: Sums): number {
  return Math.max(0, (squares - (sum * sum) / n) / (n - 1));
}

function grow(total: { words: number; n: number }, text: string): { words: number; n: number } {
  return { words: total.words + words(text).length, n: total.n + 1 };
}

/** −p log₂ p − (1 − p) log₂(1 − p). */
export function entropyBits(p: number): number {
  const part = (x: number): number => (x <= 0 ? 0 : -x * Math.log2(x));
  return part(p) + part(1 - p);
}
