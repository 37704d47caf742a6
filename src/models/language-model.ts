/** One turn of a dialogue. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Raw text to continue, or a dialogue whose next assistant turn is wanted. */
export type Prompt = string | readonly Message[];

export interface GenerationRequest {
  readonly id: string;
  readonly prompt: Prompt;
  /** Start of the answer, given to the model and not repeated in `text`. */
  readonly prefill?: string;
  /** Seeds this request's own stream; the same request and seed give the same text. */
  readonly seed: number;
}

export interface GenerationOptions {
  readonly maxTokens: number;
  /** 0 takes the most probable token. Default 1. */
  readonly temperature?: number;
  /** Nucleus mass in (0, 1]. Default 1. */
  readonly topP?: number;
  /** Generation ends before the first of these strings. */
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Generation {
  readonly id: string;
  readonly text: string;
  /** "stop": end token or stop string; "length": maxTokens or the context was reached. */
  readonly finishReason: "stop" | "length" | "content-filter" | "error";
  readonly usage: Usage;
  readonly tokens?: readonly number[];
  /** Natural logs, one a token, at temperature 1. */
  readonly logprobs?: readonly number[];
}

export interface ChoiceRequest {
  readonly id: string;
  readonly prompt: Prompt;
  /** Whole options, scored with their leading space as written, e.g. [" (A)", " (B)"]. */
  readonly options: readonly string[];
  readonly seed: number;
}

export interface Choice {
  readonly id: string;
  /** Normalised over the options; sums to 1. */
  readonly probabilities: readonly number[];
  readonly method: "logprobs" | "votes";
  /** Number of sampled votes when `method` is "votes". */
  readonly votes?: number;
  readonly usage: Usage;
}

export interface ScoreRequest {
  readonly id: string;
  readonly prompt: Prompt;
  readonly continuation: string;
}

export interface Score {
  readonly id: string;
  /** log P(token | everything before), natural logs, one a token of the continuation. */
  readonly logprobs: readonly number[];
  readonly usage: Usage;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Anything that continues text. Batched and cancellable; results come in any order, keyed by request id. */
export interface LanguageModel {
  readonly id: string;
  readonly capabilities: { readonly logprobs: boolean; readonly prefill: boolean; readonly rawCompletion: boolean };
  generate(requests: readonly GenerationRequest[], options: GenerationOptions): AsyncIterable<Generation>;
  choose(requests: readonly ChoiceRequest[], options?: CallOptions): AsyncIterable<Choice>;
  score(requests: readonly ScoreRequest[], options?: CallOptions): AsyncIterable<Score>;
  dispose?(): Promise<void>;
}
