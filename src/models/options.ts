import type { Capabilities, Message, Usage } from "../language-model.ts";

/** Variables of an environment. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How requests go out. Everything adapts to the endpoint; these are bounds. */
export interface ThroughputOptions {
  /** Most requests at once, at each endpoint. */
  readonly maxConcurrency?: number;
  /** Where the search for the right number begins. */
  readonly initialConcurrency?: number;
  /** A single attempt's limit, in milliseconds. */
  readonly timeoutMs?: number;
  /** Attempts at one request that fail for passing reasons; being told to wait (429) does not count. */
  readonly maxAttempts?: number;
  /** How long one request may be told to wait in all, in milliseconds. */
  readonly maxWaitMs?: number;
  /**
   * Send a second attempt once the first takes longer than this share of recent ones did; null never does. The first
   * answer counts; the attempt that is cut off is told as a call of its own, since the provider may charge for it.
   */
  readonly hedgeQuantile?: number | null;
  /** Requests looked at together, so that those with the same beginning follow each other. */
  readonly window?: number;
  /** Seeds the jitter of retries. */
  readonly seed?: number;
}

/** The bounds where none are given. */
export const defaultThroughput = {
  maxConcurrency: 256,
  initialConcurrency: 8,
  timeoutMs: 120_000,
  maxAttempts: 8,
  maxWaitMs: 15 * 60_000,
  hedgeQuantile: null,
  window: 1024,
  seed: 0,
} as const satisfies Required<ThroughputOptions>;

/** Sampled answers per choice where there are no log-probabilities and nobody names a number. */
export const defaultVotes = 5;

/** What an observer of a model is told: every call with its cost, hidden ones (votes, retries, probes) included. */
export type ModelEvent =
  | {
      readonly type: "call";
      readonly kind: "generate" | "choose" | "score" | "probe";
      readonly usage: Usage;
      readonly latencyMs: number;
      readonly attempts: number;
      readonly isCached: boolean;
    }
  | { readonly type: "retry"; readonly reason: string; readonly delayMs: number }
  | { readonly type: "concurrency"; readonly endpoint: string; readonly limit: number }
  | { readonly type: "warning"; readonly text: string }
  /** What the provider calls the model that answered, told once for each name. */
  | { readonly type: "served"; readonly model: string }
  /** The endpoint seems to have cut this request's prompt; `oddity` says what shows it. */
  | { readonly type: "cut-prompt"; readonly id: string; readonly oddity: string };

/** How a model is opened. Nothing is required. */
export interface OpenOptions {
  /** Where keys are read from, by the provider's own variable. Default: process.env. */
  readonly env?: Env;
  /** Several addresses of one model; they replace the provider's own. */
  readonly baseUrls?: readonly string[] | undefined;
  /** Sampled answers per choice where the provider gives no log-probabilities. */
  readonly votes?: number;
  readonly throughput?: ThroughputOptions;
  /** Folder of the cache that all runs share; false for none. Default: PRECEPT_CACHE, else ~/.cache/precept. */
  readonly cache?: string | false | undefined;
  /** Whether to try out what the model can do, with a few tokens, before the first request. */
  readonly probe?: "if-unknown" | "always" | "never" | undefined;
  /** What the model can do, where the person knows better; nothing given here is probed. */
  readonly capabilities?: Partial<Capabilities>;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How `local:` and `llamacpp:` models render a dialogue as text. */
  readonly render?: ((messages: readonly Message[]) => string) | undefined;
  readonly onEvent?: (event: ModelEvent) => void;
  readonly signal?: AbortSignal | undefined;
}
