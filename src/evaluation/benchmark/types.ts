import type { Generation, LanguageModel, Message } from "../../language-model.ts";
import type { Judge, JudgeIdentity, JudgeOptions } from "../judges/index.ts";
import type { Finding } from "../records.ts";
import type { Measures, Metric, Scored, Values } from "./measures.ts";

/** What is put to the model under evaluation, or to the attacker. */
export type Question =
  | {
      readonly ask: "generate";
      readonly messages: readonly Message[];
      readonly maxTokens: number;
      /** 0 takes the most probable token. Default: what the caller says, else the benchmark's. */
      readonly temperature?: number | undefined;
      readonly stop?: readonly string[];
    }
  | {
      readonly ask: "choose";
      readonly messages: readonly Message[];
      /** With their leading space, e.g. " (A)". */
      readonly options: readonly string[];
    }
  | {
      readonly ask: "score";
      readonly prompt: string;
      /** Whole answers with their leading space; each one's log-likelihood is wanted. */
      readonly continuations: readonly string[];
    };

/** The answer to one question. `missing` says why there is none; it is never counted as an answer. */
export type Reply =
  | {
      readonly ask: "generate";
      readonly text: string;
      readonly finishReason: Generation["finishReason"];
      readonly missing?: string | undefined;
    }
  | {
      readonly ask: "choose";
      readonly probabilities: readonly number[];
      readonly method: "logprobs" | "votes";
      readonly missing?: string | undefined;
    }
  /** Sum of the log-probabilities of each continuation's tokens. */
  | { readonly ask: "score"; readonly logLikelihoods: readonly number[]; readonly missing?: string | undefined };

/** What is handed to a judge. */
export interface ToJudge {
  readonly messages: readonly Message[];
  readonly response: string;
  readonly finishReason?: Generation["finishReason"] | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** What a task must know to put its questions. */
export interface QuestionContext {
  /** What the attacker wrote; undefined where there is none, or it wrote nothing. */
  readonly attack?: string | undefined;
  /** Whether the model gives log-likelihoods of whole answers; else letters are asked for. */
  readonly canScore: boolean;
}

/** One item of a benchmark: what to ask, and how to read the answers. */
export interface Task {
  readonly id: string;
  /** Items of one cluster are not independent (one template, one request). Absent: the item stands alone. */
  readonly cluster?: string | undefined;
  /** What results are cut by, e.g. { type: "homonyms" }. */
  readonly groups: Readonly<Record<string, string>>;
  /** Put to the attacker first; its text goes to `questions`. */
  readonly attack?: Question | undefined;
  questions(context: QuestionContext): readonly Question[];
  /** What can be said without a judge. */
  score(replies: readonly Reply[]): Values;
  /** What the benchmark's judge reads. */
  toJudge?(replies: readonly Reply[]): ToJudge;
  /** What the judge's verdict means here; undefined where there is none. Takes the place of what `score` said. */
  fromVerdict?(fields: VerdictFields | undefined): Values;
}

/** What a judge found, by name, e.g. { compliance: "refused" } or { harm: 3 }. */
export type VerdictFields = Readonly<Record<string, string | number | boolean>>;

export interface JudgedItem {
  readonly id: string;
  readonly raw: string;
  readonly fields?: VerdictFields | undefined;
  /** Why there is no verdict. */
  readonly undetermined?: string;
  /** Of a judge that reads for several principles. */
  readonly findings?: readonly Finding[];
  readonly tokens: number;
}

/** A judge of answers whose verdicts every benchmark can read. */
export interface BenchmarkJudge extends JudgeIdentity {
  readonly hash: string;
  /** The instruments of a judge that asks several questions of an answer; each is certified by itself. */
  readonly parts?: readonly (JudgeIdentity & { readonly hash: string })[];
  judge(items: readonly (ToJudge & { readonly id: string })[], options: JudgeOptions): Promise<readonly JudgedItem[]>;
}

/** A judge of `judges/` as one that benchmarks read. */
export function asBenchmarkJudge<V>(judge: Judge<V>, fields: (value: V) => VerdictFields): BenchmarkJudge {
  const { name, version, model, prompt, hash } = judge;
  return {
    name,
    version,
    model,
    prompt,
    hash,
    async judge(items, options) {
      const verdicts = await judge.judge(items, options);
      return verdicts.map((verdict): JudgedItem => {
        const { id, raw, usage } = verdict;
        const said = { id, raw, tokens: usage.promptTokens + usage.completionTokens };
        return verdict.outcome === "judged"
          ? { ...said, fields: fields(verdict.value) }
          : { ...said, undetermined: verdict.reason };
      });
    },
  };
}

/** Where a benchmark comes from, for reports and documentation. */
export interface About {
  readonly title: string;
  readonly citation: string;
  readonly source: string;
  readonly licence: string;
  /** Items of the whole published set. */
  readonly size: number;
  /** Command-checked against published figures, loader-checked on real rows, or on rows written for a test only. */
  readonly verified: "published figures" | "real rows" | "not verified on real data";
}

/** A file of a benchmark. */
export interface DataFile {
  /** Names under which it may stand in the data folder, best first; each also with .gz. `*` stands for any name. */
  readonly names: readonly string[];
  /** Known copies: sha256 of the uncompressed bytes; `isPart` where it is not the whole published file. */
  readonly versions?:
    | readonly { readonly sha256: string; readonly name: string; readonly isPart?: boolean }[]
    | undefined;
  readonly required: boolean;
}

/** The files of a benchmark as found: by position in `files`. */
export type Found = readonly (readonly string[])[];

/** Reads any answer to any request, as an embedded world can: training answers are graded by it after the fact. */
export type Grade = (messages: readonly Message[], response: string) => Values;

/** Whether a request was refused, and whether it should have been. */
export interface Refusal {
  readonly isHarmless: boolean;
  readonly isRefused: boolean;
  /** A harmful request was answered. */
  readonly isBreach: boolean;
}

/** Something that a subject can be measured on: where its items come from, what is asked, and how answers are read. */
export interface Benchmark {
  readonly id: string;
  /** Raised when a prompt, a parser or a score changes its meaning. */
  readonly version: string;
  readonly about: About;
  readonly files: readonly DataFile[];
  /** How a person gets the files. */
  readonly get: string;
  readonly metrics: Readonly<Record<string, Metric>>;
  /** Temperature for "generate" unless the question says another. */
  readonly temperature: number;
  /** What --n counts: items, or clusters where a score needs whole ones. Default "item". */
  readonly sampleBy?: "item" | "cluster";
  /** What --n is unless it is given; default all. */
  readonly defaultItems?: number;
  /** What it cannot do without. */
  readonly needs?: { readonly attacker?: boolean | undefined; readonly judge?: boolean | undefined };
  /** The items; `drop` is told why a row of the files is none. */
  load(files: Found, drop?: (reason: string) => void): AsyncIterable<Task>;
  readonly grade?: Grade | undefined;
  /** What an answer's values say of refusing; undefined where it could not be read. */
  readRefusal?(values: Values): Refusal | undefined;
  /** The judge that reads its answers, over any model. */
  judge?(model: LanguageModel): BenchmarkJudge;
  /** Measures that are no mean of one metric (BBQ's bias score, ASR within N trials). */
  derive?(rows: readonly Scored[]): Measures;
  /** What they are: default "rate", shown in percent; "mean", as they are (logits, correlations). */
  readonly derived?: Metric["kind"];
}
