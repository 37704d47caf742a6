import type { JsonSchema } from "../language-model.ts";

/** One turn of a dialogue as a client sends it. */
export interface ChatTurn {
  readonly role: string;
  readonly content: string;
}

/** What a client wants continued. */
export type ServedPrompt =
  | {
      readonly kind: "chat";
      readonly turns: readonly ChatTurn[];
      /** What the chat template is told besides, e.g. `{ enable_thinking: false }`. */
      readonly variables?: Readonly<Record<string, unknown>> | undefined;
    }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "tokens"; readonly tokens: readonly number[] };

/** One prompt, and how it is to be continued. */
export interface TextRequest {
  readonly prompt: ServedPrompt;
  /** One continuation each; with the seed, an id names its continuation's own random stream. */
  readonly ids: readonly string[];
  readonly seed: number;
  /** Default: as many as the model can. */
  readonly maxTokens?: number | undefined;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  /** Generation ends before the first of these strings. */
  readonly stop: readonly string[];
  /** Tokens that end it beside the model's own. */
  readonly stopTokens?: readonly number[] | undefined;
  /** How many of the most probable tokens to report at every place; absent: no log-probabilities at all. */
  readonly topLogprobs?: number | undefined;
  /** Tokens to report at every place beside those. */
  readonly listedTokens?: readonly number[] | undefined;
  /** What the answer is held to. */
  readonly schema?: JsonSchema | undefined;
  /** Whether the prompt is to be told again before its continuation. */
  readonly echo: boolean;
  /** A name among the adapters; absent: the model itself. */
  readonly adapter?: string | undefined;
  /** Whether pieces are wanted as they come; else there is one at the end. */
  readonly stream: boolean;
}

/** Log-probabilities are natural, at temperature 1, over the whole vocabulary. */
export interface TokenLogprob {
  readonly id: number;
  /** The token's own text; U+FFFD for a part of a character. */
  readonly token: string;
  readonly bytes: readonly number[];
  readonly logprob: number;
}

/** A token and the text that it adds; of an unfinished character, none until it is whole. */
export interface TextToken {
  readonly id: number;
  readonly token: string;
  readonly bytes: readonly number[];
  readonly piece: string;
  /** Absent for the first token of a prompt. */
  readonly logprob?: number | undefined;
  /** The most probable tokens at this place, the first first, then those that were listed. */
  readonly top?: readonly TokenLogprob[] | undefined;
}

export interface TextDelta {
  readonly text: string;
  /** Of all its tokens, one that ended it and is no text among them; where the model has such. */
  readonly ids?: readonly number[] | undefined;
  /** Where log-probabilities were asked for. */
  readonly tokens?: readonly TextToken[] | undefined;
  /** With `echo`, in the first delta. */
  readonly prompt?: readonly TextToken[] | undefined;
  /** In the last delta, with the usage. */
  readonly finishReason?: "stop" | "length" | "content_filter" | undefined;
  readonly usage?: TextUsage | undefined;
}

/** What one continuation took, in tokens. */
export interface TextUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** Runs one continuation. Leaving the loop, or the signal, ends it. @throws PreceptError interrupted, and what the model throws. */
export type Continuation = (signal?: AbortSignal) => AsyncGenerator<TextDelta, void, undefined>;

/** What a model can be asked for beside plain answers. */
export interface Abilities {
  /** Dialogues. */
  readonly chat: boolean;
  /** Raw text to continue. */
  readonly completions: boolean;
  /** Prompts as token ids. */
  readonly tokenIds: boolean;
  readonly logprobs: boolean;
  readonly echo: boolean;
}

/** A model as the server sees it: it continues prompts, many at a time, each as if it were alone. */
export interface ServedModel {
  /** What clients call it. */
  readonly name: string;
  /** Further names that it answers to, each with weights of its own. */
  readonly adapters: readonly string[];
  readonly abilities: Abilities;
  /** Where prompts may be token ids: how they are written as such, and how many there may be. */
  readonly vocabulary?: {
    readonly contextLength: number;
    encode(prompt: ServedPrompt, options: { readonly addSpecialTokens: boolean }): readonly number[];
  };
  /** Checks a request whole, and starts nothing. @throws PreceptError for what cannot be answered, with what can. */
  prepare(request: TextRequest): readonly Continuation[];
  /** Continuations that run, and that wait for room. */
  occupancy(): Promise<{ readonly running: number; readonly waiting: number }>;
  /** Loads an adapter under a name, or another one in its place; where the model takes them while it runs. */
  loadAdapter?(name: string, folder: string): Promise<void>;
  unloadAdapter?(name: string): Promise<void>;
  close(): Promise<void>;
}
