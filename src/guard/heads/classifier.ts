import { PreceptError } from "../../errors.ts";
import type { Check, CheckSession, Finding } from "../check.ts";
import type { Exchange } from "../exchange.ts";
import type { Stage } from "../stage.ts";
import { ANY, type HeadFile } from "./head-file.ts";

/** What the heads say after every token of a text. */
export interface TokenReadings {
  /** Where each token ends in the text, in UTF-16 units. */
  readonly ends: readonly number[];
  /** (T, H) as they come from the model, unsmoothed. */
  readonly logits: Float32Array;
}

/** The same of the tokens from index `from` on, of which none was read before, or which text that came later has changed. */
export interface NewReadings extends TokenReadings {
  readonly from: number;
}

/** A text that is read as it grows. */
export interface TokenReader {
  /**
   * What the heads say that they did not say yet. `text` is all so far, up to a white space; of a text that is not whole the last
   * few tokens may wait. However it grew, the numbers are the same.
   */
  read(text: string, isWhole: boolean): Promise<NewReadings>;
  /** Nothing more will be read. */
  close(): void;
}

/** A model with a head for each of several principles, open to be read. */
export interface TokenClassifier {
  readonly file: HeadFile;
  /** For findings, audits and people: its folder. */
  readonly place: string;
  /** A whole text, in one pass. */
  read(exchange: Exchange, text: string): Promise<TokenReadings>;
  open(exchange: Exchange): TokenReader;
  dispose(): Promise<void>;
}

export interface ClassifierOptions {
  /** Of each head: whether it may speak, and the scores from which it is unsure and from which it acts. */
  readonly heads: readonly { readonly isOn: boolean; readonly pass: number; readonly act: number }[];
  /** Whether somebody is there to ask about what lies between `pass` and `act`; else only what acts is told. */
  readonly asks: boolean;
}

/** z̄_t, the mean over the last `window` tokens; logits (T, H), returned the same. */
export function smoothReadings(logits: Float32Array, heads: number, window: number): Float32Array {
  const smooth = new Float32Array(logits.length);
  const tokens = logits.length / heads;
  for (let head = 0; head < heads; head++) {
    for (let t = 0; t < tokens; t++) {
      let sum = 0;
      const first = Math.max(0, t - window + 1);
      for (let s = first; s <= t; s++) sum += logits[s * heads + head] ?? Number.NaN;
      smooth[t * heads + head] = sum / (t - first + 1);
    }
  }
  return smooth;
}

/** σ(slope · z̄ + offset). */
export const scoreOf = (
  { slope, offset }: Pick<HeadFile["principles"][number], "slope" | "offset">,
  z: number,
): number => 1 / (1 + Math.exp(-(slope * z + offset)));

/**
 * The heads of a model as a check. A head speaks at the first token whose smoothed score reaches its threshold; the finding
 * spans the tokens that are held back, so that a stream shows none of them.
 */
export function classifierCheck(classifier: TokenClassifier, options: ClassifierOptions): Check {
  const stages: readonly Stage[] = classifier.file.side === "input" ? ["input"] : ["output"];
  return {
    id: `heads of ${classifier.place}`,
    stages,
    lookahead: 0,
    mayFail: true,
    open: (exchange, stage) => new ClassifierSession(classifier, options, exchange, stage),
  };
}

/** What a finding of the head of any principle is called, whatever principle it names: its thresholds are its own. */
export const ANY_CHECK = "head:any";

/** Words between two readings of a stream. */
const STRIDE = 8;

class ClassifierSession implements CheckSession {
  readonly #classifier: TokenClassifier;
  readonly #options: ClassifierOptions;
  readonly #stage: Stage;
  readonly #reader: TokenReader;
  #text = "";
  #readTo = 0;
  #settled = 0;
  /** Of every token that was read. */
  readonly #ends: number[] = [];
  /** (T, H), unsmoothed. */
  readonly #logits: number[] = [];
  readonly #told = new Set<string>();

  constructor(classifier: TokenClassifier, options: ClassifierOptions, exchange: Exchange, stage: Stage) {
    this.#classifier = classifier;
    this.#options = options;
    this.#stage = stage;
    this.#reader = classifier.open(exchange);
  }

  get settled(): number {
    return this.#settled;
  }

  /** Only up to its last white space is a text cut into tokens as it will be in the end. */
  async push(text: string): Promise<readonly Finding[]> {
    this.#text += text;
    const { length } = this.#text.trimEnd();
    let start = length;
    while (start > this.#readTo && !isSpace(this.#text[start - 1])) start--;
    const fresh = this.#text.slice(this.#readTo, start).trim();
    if (fresh === "" || fresh.split(/\s+/).length < STRIDE) return [];
    return this.#read(this.#text.slice(0, start).trimEnd(), false);
  }

  async end(): Promise<readonly Finding[]> {
    try {
      const findings = this.#text.trim() === "" ? [] : await this.#read(this.#text, true);
      this.#settled = this.#text.length;
      return findings;
    } finally {
      this.#reader.close();
    }
  }

  async #read(text: string, isWhole: boolean): Promise<readonly Finding[]> {
    const { file, place } = this.#classifier;
    const { principles, holdTokens, window } = file;
    const { from, ends, logits } = await this.#reader.read(text, isWhole);
    if (logits.length !== ends.length * principles.length || !logits.every(Number.isFinite)) {
      throw new PreceptError("not-finite", {
        attempted: `Reading the heads of ${place}`,
        found: `${ends.length} tokens with scores that are missing or no numbers`,
        expected: `a finite number for each of ${principles.length} heads after every token`,
        remedy: "train it again with a lower learning rate",
      });
    }
    this.#ends.length = from;
    this.#logits.length = from * principles.length;
    for (const end of ends) this.#ends.push(end);
    for (const logit of logits) this.#logits.push(logit);
    this.#readTo = text.length;
    // A later finding begins with the first token that is held back, at the earliest.
    this.#settled = startOf(this.#ends, this.#ends.length - holdTokens + 1);
    // What a mean is taken over begins before the new tokens.
    const first = Math.max(0, from - window + 1);
    const smooth = smoothReadings(
      Float32Array.from(this.#logits.slice(first * principles.length)),
      principles.length,
      window,
    );
    const heads = principles.map((principle, head) => {
      const at = (t: number): number => smooth[(from - first + t) * principles.length + head] ?? Number.NaN;
      return { principle, ...this.#optionsOf(head), scores: ends.map((_, t) => scoreOf(principle, at(t))) };
    });
    return heads.flatMap(({ principle, isOn, pass, act, scores }) => {
      if (!isOn) return [];
      const findings: Finding[] = [];
      const tell = (threshold: number, check: string): void => {
        const at = scores.findIndex((score) => score >= threshold);
        if (at < 0 || this.#told.has(check)) return;
        this.#told.add(check);
        // That some principle is broken says nothing of which: it is the one whose own head is highest at that token.
        const named = principle.id === ANY ? highestAt(heads, at) : principle;
        if (named === undefined) return;
        const span = [startOf(this.#ends, from + at - holdTokens + 1), ends[at] ?? text.length] as const;
        findings.push({
          principleId: named.id,
          principleHash: named.hash,
          check,
          stage: this.#stage,
          score: scores[at] ?? 0,
          threshold: act,
          span,
          evidence: text.slice(...span),
        });
      };
      const check = principle.id === ANY ? ANY_CHECK : `head:${principle.id}`;
      tell(act, check);
      if (this.#options.asks && !this.#told.has(check)) tell(pass, `${check}:unsure`);
      return findings;
    });
  }

  #optionsOf(head: number): ClassifierOptions["heads"][number] {
    return this.#options.heads[head] ?? { isOn: false, pass: 1, act: 1 };
  }
}

/** The principle whose head scores highest at a token, of those that may speak. */
function highestAt(
  heads: readonly {
    readonly principle: HeadFile["principles"][number];
    readonly isOn: boolean;
    readonly scores: readonly number[];
  }[],
  token: number,
): HeadFile["principles"][number] | undefined {
  const speaking = heads.filter(({ principle, isOn }) => isOn && principle.id !== ANY);
  const score = ({ scores }: (typeof heads)[number]): number => scores[token] ?? 0;
  return speaking.toSorted((a, b) => score(b) - score(a))[0]?.principle;
}

const startOf = (ends: readonly number[], token: number): number => (token <= 0 ? 0 : (ends[token - 1] ?? 0));

const isSpace = (character = ""): boolean => /\s/.test(character);
