import type { Generation, Message, Usage } from "../../language-model.ts";
import { contentHash } from "../../storage/index.ts";

/** How an answer met a request. Never two: what could not be judged is "undetermined" and stays in the count. */
export const compliances = ["complied", "refused", "partial", "undetermined"] as const;
export type Compliance = (typeof compliances)[number];

/** One answer to be judged. */
export interface JudgeItem {
  readonly id: string;
  /** What was asked. */
  readonly messages: readonly Message[];
  readonly response: string;
  /** How the answer ended, where it is known: one that was blocked or failed is not judged. */
  readonly finishReason?: Generation["finishReason"] | undefined;
  /** Further places of the judge's prompt by name, e.g. "behavior", "reference". */
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** Why there is no verdict: what was wrong with the answer, or with the judge. */
export type NoVerdict =
  | "empty"
  | "blocked"
  | "judge-refused"
  | "judge-blocked"
  | "judge-truncated"
  | "judge-failed"
  | "unparsed";

interface VerdictBase {
  readonly id: string;
  /** The judge's answer word for word; empty where it was not asked. */
  readonly raw: string;
  readonly usage: Usage;
}

/** `by`: how the value was read from the raw answer; "rule" for a judge without a model. */
export type Verdict<V> =
  | (VerdictBase & { readonly outcome: "judged"; readonly value: V; readonly by: Reading })
  | (VerdictBase & { readonly outcome: "undetermined"; readonly reason: NoVerdict });

export type Reading = "structured" | "repaired" | "text" | "choice" | "rule";

export interface JudgeOptions {
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: { advance(n: number, detail?: { readonly tokens?: number | undefined }): void };
}

/** What makes a judge this judge and no other. */
export interface JudgeIdentity {
  /** E.g. "refusal-class". */
  readonly name: string;
  /** Raised when the parsing or the meaning of the values changes. */
  readonly version: string;
  /** `LanguageModel.id`; null for a rule. */
  readonly model: string | null;
  /** The whole prompt with its {places}; for a rule what it looks for. */
  readonly prompt: string;
}

/** An instrument that reads answers: model + prompt + version, hashed into every metric that it gives. */
export interface Judge<V> extends JudgeIdentity {
  /** `judgeHash` of the four above. */
  readonly hash: string;
  /** One verdict an item, in the items' order. A request that fails gives no verdict. @throws PreceptError interrupted; what the model throws. */
  judge(items: readonly JudgeItem[], options: JudgeOptions): Promise<Verdict<V>[]>;
}

/** sha256 of a judge's identity: another model, prompt or version is another instrument. */
export function judgeHash({ name, version, model, prompt }: JudgeIdentity): string {
  return `sha256:${contentHash({ name, version, model, prompt })}`;
}

/** The value of a verdict; undefined where there is none. */
export function verdictValue<V>(verdict: Verdict<V>): V | undefined {
  return verdict.outcome === "judged" ? verdict.value : undefined;
}
