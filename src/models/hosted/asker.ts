import type { Attributes } from "@opentelemetry/api";
import { PreceptError } from "../../errors.ts";
import type { GenerationOptions, GenerationRequest, Outcome, Prompt, Usage } from "../../language-model.ts";
import type { ModelReport } from "../open-model.ts";
import type { ModelEvent } from "../options.ts";
import { type Answered, type Attempt, GaveUp, type Pool } from "../throughput/pool.ts";
import { traceCall } from "../tracing.ts";
import type { RawAnswer } from "./chat.ts";
import type { Abilities, HostedEndpoint } from "./endpoint.ts";
import { explain } from "./explain.ts";
import type { OpenAiHttp } from "./openai-http.ts";
import type { EchoResult } from "./openai-shapes.ts";
import { PromptCuts } from "./prompt-cuts.ts";

/** What is known of a hosted model, and how it is asked. */
export interface HostedSettings {
  readonly provider: string;
  readonly model: string;
  /** Names the model and where it runs; part of every cache key. */
  readonly identity: string;
  readonly keyVariable: string | undefined;
  readonly stopLimit: number;
  readonly repeatsPrefill: boolean;
  readonly isExplicit: boolean;
  readonly votes: number;
  readonly window: number;
  readonly abilities: Abilities;
  readonly report: ModelReport;
  readonly onEvent: (event: ModelEvent) => void;
}

/** A prompt that no endpoint refuses for what it says. */
const PLAIN = "Hello";

/** What a call is made for. */
export type AskKind = "generate" | "choose" | "score";

/** What a call costs that never took place. */
export const noUsage: Usage = { promptTokens: 0, completionTokens: 0 };

/** What one call is for. */
export interface Asking {
  readonly kind: AskKind;
  readonly requestId: string;
  readonly operation: "chat" | "text_completion";
  readonly attributes?: Attributes;
  /** Most tokens of the answer: calls of one length have latencies that may be compared. */
  readonly length?: number;
}

/** A fault of one request, told as its outcome. */
export interface Fault {
  readonly outcome: Outcome;
  readonly reason: string;
}

/** One call at a time to a hosted model: through its pool, as a span and an event, with its errors explained. */
export class Asker {
  readonly settings: HostedSettings;
  readonly #pool: Pool<HostedEndpoint>;
  readonly #warned = new Set<string>();
  readonly #served = new Set<string>();
  readonly #cuts: PromptCuts;
  #probing: Promise<void> | undefined;

  constructor(pool: Pool<HostedEndpoint>, settings: HostedSettings) {
    this.settings = settings;
    this.#pool = pool;
    this.#cuts = new PromptCuts(settings.report.contextLength);
  }

  /** Requests worth having under way at once. */
  get width(): number {
    return this.#pool.width;
  }

  /** One sampled answer, as it came, before it is cut at the stop strings. */
  async sample(
    kind: AskKind,
    { id, prompt, prefill = "", seed }: GenerationRequest,
    options: GenerationOptions,
    signal: AbortSignal,
  ): Promise<RawAnswer> {
    const { abilities, stopLimit, isExplicit } = this.settings;
    const isRaw = typeof prompt === "string";
    const call = { prefill, seed, options, stopLimit, isExplicit };
    if (isRaw && !abilities.rawCompletion) throw this.rawTextError();
    if (prefill !== "" && !isRaw && !abilities.prefill) {
      throw this.inputError("the beginning of an answer (prefill)", "a model that continues one");
    }
    const attempt: Attempt<HostedEndpoint, RawAnswer> = isRaw
      ? (endpoint, inner) => this.http(endpoint).complete(prompt + prefill, seed, options, stopLimit, inner)
      : (endpoint, inner) => endpoint.chat({ ...call, messages: prompt }, inner);
    const plain: Attempt<HostedEndpoint, RawAnswer> = isRaw
      ? (endpoint, inner) => this.http(endpoint).complete(PLAIN, seed, options, stopLimit, inner)
      : (endpoint, inner) =>
          endpoint.chat({ ...call, messages: [{ role: "user", content: PLAIN }], prefill: "" }, inner);
    const asking: Asking = {
      kind,
      requestId: id,
      operation: isRaw ? "text_completion" : "chat",
      attributes: requestAttributes(options, seed),
      length: options.maxTokens,
    };
    const { value } = await this.ask(asking, attempt, signal, plain);
    this.watch(id, prompt, value.usage);
    for (const warning of value.warnings) this.#warn(warning);
    this.#noteServed(value.served);
    return value;
  }

  /**
   * Through the pool, as one span and one event. @param plain what to send where this is refused before anything was
   * answered. @throws PreceptError; GaveUp for what concerns this request alone.
   */
  async ask<T extends { readonly usage: Usage }>(
    { kind, requestId, operation, attributes = {}, length = 0 }: Asking,
    attempt: Attempt<HostedEndpoint, T>,
    signal: AbortSignal,
    plain?: Attempt<HostedEndpoint, T>,
  ): Promise<Answered<T>> {
    const { provider, model, onEvent } = this.settings;
    const answer = await traceCall(
      { operation, provider, model, requestId, attributes },
      async () => {
        try {
          return await this.#pool.run(attempt, `${kind} ${length}`, signal);
        } catch (error) {
          if (plain !== undefined && this.#isDoubtful(error)) await this.#tryPlain(plain, signal);
          throw this.#asError(error);
        }
      },
      responseAttributes,
    );
    const { attempts, isHedged, latencyMs } = answer;
    const call = { type: "call", kind, usage: answer.value.usage, latencyMs, isCached: false } as const;
    onEvent({ ...call, attempts });
    if (isHedged) onEvent({ ...call, attempts: 0 });
    return answer;
  }

  /** Tells when the count that an endpoint reports for a prompt says that it read only a part of it. */
  watch(id: string, prompt: Prompt, { promptTokens }: Usage): void {
    for (const cut of this.#cuts.check(id, prompt, promptTokens)) this.settings.onEvent({ type: "cut-prompt", ...cut });
  }

  /** The log-probability of every token of every text. */
  async echo(kind: AskKind, id: string, texts: readonly string[], signal: AbortSignal): Promise<EchoResult> {
    const attempt: Attempt<HostedEndpoint, EchoResult> = (endpoint, inner) => this.http(endpoint).echo(texts, inner);
    return (await this.ask({ kind, requestId: id, operation: "text_completion" }, attempt, signal)).value;
  }

  /** The log-probabilities of a continuation's tokens, from the first one that the prompt alone does not have. */
  async scoreByIds(id: string, prompt: string, continuation: string, signal: AbortSignal) {
    const attempt: Attempt<HostedEndpoint, { readonly logprobs: number[]; readonly usage: Usage }> = async (
      endpoint,
      inner,
    ) => {
      const http = this.http(endpoint);
      const own = prompt === "" ? [] : await http.tokenize(prompt, inner);
      const whole = await http.tokenize(prompt + continuation, inner);
      const from = whole.findIndex((token, place) => token !== own[place]);
      const { value, ...reply } = await http.scoreIds(whole, inner);
      const logprobs = from < 0 ? [] : value.logprobs.slice(from).map((logprob) => logprob ?? 0);
      return { ...reply, value: { logprobs, usage: value.usage } };
    };
    return (await this.ask({ kind: "score", requestId: id, operation: "text_completion" }, attempt, signal)).value;
  }

  http({ http }: HostedEndpoint): OpenAiHttp {
    if (http !== undefined) return http;
    throw this.rawTextError();
  }

  rawTextError(): PreceptError {
    return new PreceptError("input-invalid", {
      attempted: `Prompting ${this.settings.report.id}`,
      found: "raw text to continue",
      expected: "a dialogue, since this model takes nothing else",
      remedy: "use the templates for dialogue models, or a model with raw completion",
    });
  }

  inputError(found: string, expected: string): PreceptError {
    return new PreceptError("input-invalid", { attempted: `Asking ${this.settings.report.id}`, found, expected });
  }

  /** Refused as invalid before anything was answered: the prompt's fault, or that of every request? */
  #isDoubtful(error: unknown): boolean {
    if (!(error instanceof GaveUp) || this.#pool.hasAnswered) return false;
    return error.failure.kind === "request" && error.failure.outcome === "invalid";
  }

  /**
   * Sends a prompt that nobody can object to with the same settings: the pool then knows that they are taken. One such
   * prompt is under way for all requests that were refused meanwhile.
   */
  async #tryPlain<T extends { readonly usage: Usage }>(
    plain: Attempt<HostedEndpoint, T>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#probing === undefined) {
      this.#probing = this.#probePlain(plain, signal).finally(() => {
        this.#probing = undefined;
      });
      return this.#probing;
    }
    try {
      await this.#probing;
    } catch (error) {
      // It was stopped with the call that sent it, which says nothing of this one.
      if (signal.aborted) throw error;
      await this.#tryPlain(plain, signal);
    }
  }

  async #probePlain<T extends { readonly usage: Usage }>(
    plain: Attempt<HostedEndpoint, T>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      const { value, latencyMs, attempts } = await this.#pool.run(plain, "probe", signal);
      this.settings.onEvent({ type: "call", kind: "probe", usage: value.usage, latencyMs, attempts, isCached: false });
    } catch (error) {
      if (!(error instanceof GaveUp)) throw error;
    }
  }

  /** A faulty request is an outcome once others were answered; before that the fault is everybody's. */
  #asError(error: unknown): unknown {
    if (!(error instanceof GaveUp)) return error;
    const { failure } = error;
    const isOwn = failure.kind === "request" && (failure.outcome !== "invalid" || this.#pool.hasAnswered);
    return isOwn ? error : explain(error, { ...this.settings, id: this.settings.report.id });
  }

  #noteServed(model: string | undefined): void {
    if (model === undefined || model === "" || this.#served.has(model)) return;
    this.#served.add(model);
    this.settings.onEvent({ type: "served", model });
  }

  #warn(text: string): void {
    if (this.#warned.has(text)) return;
    this.#warned.add(text);
    this.settings.onEvent({ type: "warning", text });
  }
}

/** What concerns one request alone, as an outcome of its own instead of an error. */
export async function catchFault<T>(answer: Promise<T>): Promise<T | Fault> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof GaveUp && error.failure.kind === "request") {
      return { outcome: error.failure.outcome, reason: error.failure.reason };
    }
    throw error;
  }
}

/** How an answer that came turned out. */
export function outcomeOf(text: string, { finishReason, isRefusal: isDeclared }: RawAnswer): Outcome {
  if (isDeclared) return "refusal";
  if (finishReason === "content-filter") return "content-filter";
  if (text.trim() === "") return "empty";
  return "answered";
}

function requestAttributes(
  { maxTokens, temperature = 1, topP = 1, stop = [] }: GenerationOptions,
  seed: number,
): Attributes {
  return {
    "gen_ai.request.max_tokens": maxTokens,
    "gen_ai.request.temperature": temperature,
    "gen_ai.request.top_p": topP,
    "gen_ai.request.seed": seed,
    "gen_ai.request.stop_sequences": stop.length === 0 ? undefined : [...stop],
  };
}

function responseAttributes({
  value,
  attempts,
  endpoint,
}: Answered<{ readonly usage: Usage; readonly finishReason?: string | undefined }>): Attributes {
  const address = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  return {
    "gen_ai.usage.input_tokens": value.usage.promptTokens,
    "gen_ai.usage.output_tokens": value.usage.completionTokens,
    "precept.attempts": attempts,
    "gen_ai.response.finish_reasons": value.finishReason === undefined ? undefined : [value.finishReason],
    "server.address": address?.hostname,
    "server.port": address === undefined || address.port === "" ? undefined : Number(address.port),
  };
}
