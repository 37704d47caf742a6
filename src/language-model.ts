/** One turn of a dialogue. */
export interface Message {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

/** Raw text to continue, or a dialogue whose next assistant turn is wanted. */
export type Prompt = string | readonly Message[];

/** A schema of an object, by name. */
export interface JsonSchema {
  readonly name: string;
  readonly schema: Readonly<Record<string, unknown>>;
}

export interface GenerationRequest {
  readonly id: string;
  readonly prompt: Prompt;
  /** Start of the answer, given to the model and not repeated in `text`. */
  readonly prefill?: string | undefined;
  /** Seeds this request's own stream; the same request and seed give the same text. */
  readonly seed: number;
}

export interface GenerationOptions {
  readonly maxTokens: number;
  /** 0 takes the most probable token. Default 1. */
  readonly temperature?: number | undefined;
  /** Nucleus mass in (0, 1]. Default 1. */
  readonly topP?: number;
  /**
   * JSON Schema for the answers. Engines with the capability `schema` hold every answer to it, and refuse one that they cannot
   * hold to; providers get it for dialogues, where they can (structured output). Callers must still read what comes.
   */
  readonly schema?: JsonSchema | undefined;
  /** Generation ends before the first of these strings. */
  readonly stop?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Generation {
  readonly id: string;
  readonly text: string;
  /** What the model thought before its answer, where its text held that too; no part of the answer. */
  readonly reasoning?: string | undefined;
  /** "stop": end token or stop string; "length": maxTokens or the context was reached. */
  readonly finishReason: "stop" | "length" | "content-filter" | "error";
  readonly usage: Usage;
  readonly tokens?: readonly number[] | undefined;
  /** Natural logs, one per token, at temperature 1. */
  readonly logprobs?: readonly number[] | undefined;
  /** What kind of answer this is; absent: an ordinary one. */
  readonly outcome?: Outcome;
  /** Why there is no answer, for people, when `finishReason` is "error". */
  readonly error?: string;
  /** The answer came from the cache and cost nothing. */
  readonly isCached?: boolean;
}

/**
 * Whether there is an answer, and why not: the model declined in its own words ("refusal"), the provider withheld the text
 * ("content-filter"), the text is empty ("empty"), no option could be read ("unparsable"), the prompt did not fit
 * ("context-overflow"), or the provider rejected this one request ("invalid").
 */
export type Outcome =
  | "answered"
  | "refusal"
  | "content-filter"
  | "empty"
  | "unparsable"
  | "context-overflow"
  | "invalid";

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
  /** Number of readable votes when `method` is "votes"; the estimate is shrunk towards even by one vote per option. */
  readonly votes?: number;
  /** The probability of all options together, before normalisation, when `method` is "logprobs". */
  readonly mass?: number;
  /** Anything but "answered" (or absence) means that there is no judgement: the probabilities are even, and not a label. */
  readonly outcome?: Outcome;
  /** Why there is no judgement, for people. */
  readonly error?: string;
  readonly isCached?: boolean;
  readonly usage: Usage;
}

export interface ScoreRequest {
  readonly id: string;
  readonly prompt: Prompt;
  readonly continuation: string;
}

export interface Score {
  readonly id: string;
  /** log P(token | everything before), natural logs, one per token of the continuation. */
  readonly logprobs: readonly number[];
  /** Anything but "answered" (or absence) means that there is no score, and no log-probabilities. */
  readonly outcome?: Outcome;
  readonly isCached?: boolean;
  readonly usage: Usage;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For progress: the share of the work that is done, where a model answers all at the end of it. */
  readonly onShare?: ((share: number) => void) | undefined;
}

/** What a model can do; `logprobs` says whether `choose` reads probabilities rather than counting votes. */
export interface Capabilities {
  readonly logprobs: boolean;
  readonly prefill: boolean;
  readonly rawCompletion: boolean;
  /** Whether answers are held to `GenerationOptions.schema` token by token; absent: not known. */
  readonly schema?: boolean | undefined;
}

/** Anything that continues text. Batched and cancellable; results come in any order, keyed by request id. */
export interface LanguageModel {
  readonly id: string;
  readonly capabilities: Capabilities;
  generate(requests: readonly GenerationRequest[], options: GenerationOptions): AsyncIterable<Generation>;
  choose(requests: readonly ChoiceRequest[], options?: CallOptions): AsyncIterable<Choice>;
  score(requests: readonly ScoreRequest[], options?: CallOptions): AsyncIterable<Score>;
  dispose?(): Promise<void>;
}

/** All at once, or one after the other as the model asks for them: a million prompts need no array. */
export type Requests<T> = Iterable<T> | AsyncIterable<T>;

/** A model that takes requests as they come, and asks for the next ones only as fast as its answers are taken. */
export interface StreamingModel extends LanguageModel {
  generate(requests: Requests<GenerationRequest>, options: GenerationOptions): AsyncIterable<Generation>;
  choose(requests: Requests<ChoiceRequest>, options?: CallOptions): AsyncIterable<Choice>;
  score(requests: Requests<ScoreRequest>, options?: CallOptions): AsyncIterable<Score>;
}

/** Opens the model when it is first asked for, and disposes of it at the end. */
export async function withModel<T>(
  open: () => Promise<LanguageModel>,
  body: (model: () => Promise<LanguageModel>) => Promise<T>,
): Promise<T> {
  let opened: Promise<LanguageModel> | undefined;
  try {
    return await body(() => (opened ??= open()));
  } finally {
    await (await opened?.catch(() => undefined))?.dispose?.();
  }
}

/** One request with the call that it wants. */
export interface GenerationAsk {
  readonly request: GenerationRequest;
  readonly options: GenerationOptions;
}

/**
 * Answers in any order. Requests that are sampled alike, stop alike and may be as long go out in one call, because local
 * engines are fast in large batches only.
 */
export async function* generateTogether(
  model: Pick<LanguageModel, "generate">,
  asks: readonly GenerationAsk[],
): AsyncGenerator<Generation> {
  const calls = Map.groupBy(asks, ({ options: { signal: _, ...sampling } }) => JSON.stringify(sampling));
  for (const [first, ...others] of calls.values()) {
    if (first === undefined) continue;
    yield* model.generate(
      [first, ...others].map(({ request }) => request),
      first.options,
    );
  }
}
