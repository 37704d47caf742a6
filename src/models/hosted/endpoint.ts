import type { Reply } from "../throughput/pool.ts";
import type { ChatCall, RawAnswer } from "./chat.ts";
import type { OpenAiHttp } from "./openai-http.ts";

/** What an endpoint can do, as finely as `choose` needs it. */
export interface Abilities {
  readonly chat: boolean;
  readonly prefill: boolean;
  readonly rawCompletion: boolean;
  /** Takes prompts as token ids, and tells the log-probabilities of tokens that are named. */
  readonly tokenIds: boolean;
  /** Gives the log-probabilities of a text that it is sent. */
  readonly echo: boolean;
  /** Alternatives listed at each token of a raw completion; 0 for none. */
  readonly rawTop: number;
  /** Alternatives listed at each token of a chat answer; 0 for none. */
  readonly chatTop: number;
}

/** One address of a model. */
export interface HostedEndpoint {
  /** The address, without anything secret. */
  readonly name: string;
  chat(call: ChatCall, signal: AbortSignal): Promise<Reply<RawAnswer>>;
  /** Where the endpoint speaks OpenAI's protocol. */
  readonly http?: OpenAiHttp;
}
