import type { z } from "zod";
import type { GenerationOptions, Message, Usage } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { splitReasoning } from "../../reading/index.ts";
import { tryJson } from "../../storage/index.ts";
import { errorIn } from "../throughput/error-body.ts";
import { HttpFailure } from "../throughput/failures.ts";
import type { Reply } from "../throughput/pool.ts";
import type { HeaderMap } from "../throughput/rate-headers.ts";
import type { ChatCall, RawAnswer } from "./chat.ts";
import { finishOf } from "./finish.ts";
import {
  chatSchema,
  completionSchema,
  type EchoResult,
  modelsSchema,
  type NextTokens,
  readMessage,
  tokenizedSchema,
  type usageSchema,
} from "./openai-shapes.ts";
import type { Access } from "./providers.ts";
import { send } from "./transport.ts";

/** A model that an endpoint serves. */
export interface ListedModel {
  readonly id: string;
  /** Weights over another model that is served beside it. */
  readonly isAdapter: boolean;
  readonly contextLength?: number | undefined;
}

/** How vLLM and its like are told to go on with the last turn; others do it unasked, or not at all. */
const CONTINUED = { continue_final_message: true, add_generation_prompt: false };

/**
 * OpenAI's protocol as open servers speak it, with what the AI SDK does not reach: raw completions (its own are wrapped in
 * "user:" and "assistant:"), log-probabilities of the tokens at each place, and those of a given text (`echo`).
 */
export class OpenAiHttp {
  readonly model: string;
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #extra: Readonly<Record<string, number>>;

  /** @param extra fields of every sampling request, for servers that would fill them in with tastes of their own. */
  constructor(model: string, { baseUrl, key, headers }: Access, extra: Readonly<Record<string, number>> = {}) {
    this.model = model;
    this.#baseUrl = baseUrl;
    this.#extra = extra;
    const authorization = key === undefined ? undefined : `Bearer ${key}`;
    this.#headers = omitUndefined({ "content-type": "application/json", authorization, ...headers });
  }

  /** The next turn of a dialogue; a prefill is its beginning. */
  async chat(
    { messages, prefill, seed, options, stopLimit }: ChatCall,
    signal: AbortSignal,
  ): Promise<Reply<RawAnswer>> {
    const { maxTokens, temperature = 1, topP = 1, stop = [], schema } = options;
    const isContinued = prefill !== "";
    const body = {
      messages: isContinued ? [...messages, { role: "assistant", content: prefill }] : messages,
      max_tokens: maxTokens,
      temperature,
      top_p: topP,
      seed,
      ...this.#extra,
      stop: stop.length === 0 ? undefined : stop.slice(0, stopLimit),
      ...(schema === undefined
        ? {}
        : { response_format: { type: "json_schema", json_schema: { ...schema, strict: true } } }),
      ...(isContinued ? CONTINUED : {}),
    };
    const { parsed, headers } = await this.#post("chat/completions", body, chatSchema, signal);
    const [choice] = parsed.choices;
    const usage = usageOf(parsed.usage);
    const { text, refusal } = readMessage(choice?.message ?? undefined);
    const value = {
      // A refusal of its own kind is what the model said.
      ...(isContinued ? { text: text || refusal } : splitReasoning(text || refusal)),
      finishReason: finishOf(choice?.finish_reason),
      isRefusal: refusal !== "",
      served: parsed.model,
      usage,
      warnings: [],
    };
    return { value, headers, tokens: usage.promptTokens + usage.completionTokens };
  }

  /** Raw text continued. */
  async complete(
    prompt: string,
    seed: number,
    { maxTokens, temperature = 1, topP = 1, stop = [] }: GenerationOptions,
    stopLimit: number,
    signal: AbortSignal,
  ): Promise<Reply<RawAnswer>> {
    const sent = stop.slice(0, stopLimit);
    const body = { prompt, max_tokens: maxTokens, temperature, top_p: topP, seed, ...this.#extra };
    const { parsed, headers } = await this.#post(
      "completions",
      sent.length === 0 ? body : { ...body, stop: sent },
      completionSchema,
      signal,
    );
    const [choice] = parsed.choices;
    const usage = usageOf(parsed.usage);
    return {
      value: {
        text: choice?.text ?? "",
        finishReason: finishOf(choice?.finish_reason),
        isRefusal: false,
        served: parsed.model,
        usage,
        warnings: [],
      },
      headers,
      tokens: usage.promptTokens + usage.completionTokens,
    };
  }

  /** The log-probability of every token of every text, as the model reads it. Needs `echo`. */
  async echo(texts: readonly string[], signal: AbortSignal): Promise<Reply<EchoResult>> {
    const body = { prompt: texts, max_tokens: 1, temperature: 0, echo: true, logprobs: 1 };
    const { parsed, headers } = await this.#post("completions", body, completionSchema, signal);
    const usage = usageOf(parsed.usage);
    const choices = parsed.choices.toSorted((a, b) => (a.index ?? 0) - (b.index ?? 0));
    const read = choices.map(({ text, logprobs }) => {
      const { tokens = [], token_logprobs: values = [], text_offset: offsets } = logprobs ?? {};
      return { text, tokens, logprobs: values, offsets: offsets ?? offsetsOf(tokens) };
    });
    if (read.length !== texts.length || read.some(({ tokens, logprobs }) => tokens.length !== logprobs.length)) {
      throw new HttpFailure(200, headers, `${read.length} echoed texts for ${texts.length}`);
    }
    return {
      value: { texts: read, usage },
      headers,
      tokens: usage.promptTokens,
    };
  }

  /** A text's token ids, as vLLM tells them beside OpenAI's own addresses. */
  async tokenize(prompt: string, signal: AbortSignal): Promise<readonly number[]> {
    const place = `${this.#baseUrl.replace(/\/v1$/, "")}/tokenize`;
    const body = JSON.stringify({ model: this.model, prompt });
    const { parsed } = await this.#fetch(place, { method: "POST", body }, tokenizedSchema, signal);
    return parsed.tokens;
  }

  /** The log-probabilities of some tokens after others. @throws HttpFailure where one of them is not told. */
  async nextAmong(
    ids: readonly number[],
    among: readonly number[],
    signal: AbortSignal,
  ): Promise<Reply<{ readonly logprobs: ReadonlyMap<number, number>; readonly usage: Usage }>> {
    const body = {
      ...{ prompt: ids, max_tokens: 1, temperature: 0, logprobs: 1 },
      ...{ logprob_token_ids: among, return_tokens_as_token_ids: true },
    };
    const { parsed, headers } = await this.#post("completions", body, completionSchema, signal);
    const [told = {}] = parsed.choices[0]?.logprobs?.top_logprobs ?? [];
    const logprobs = new Map(among.map((id) => [id, told?.[`token_id:${id}`]] as const));
    const missing = [...logprobs].filter(([, logprob]) => logprob === undefined);
    if (missing.length > 0) throw new HttpFailure(200, headers, `no log-probability of token ${missing[0]?.[0]}`);
    const usage = usageOf(parsed.usage);
    return { value: { logprobs: logprobs as Map<number, number>, usage }, headers, tokens: usage.promptTokens };
  }

  /** The log-probability of every token of a prompt of ids but the first, which nothing precedes. Needs `echo`. */
  async scoreIds(
    ids: readonly number[],
    signal: AbortSignal,
  ): Promise<Reply<{ readonly logprobs: readonly (number | null)[]; readonly usage: Usage }>> {
    const body = { prompt: ids, max_tokens: 0, temperature: 0, echo: true, logprobs: 1 };
    const { parsed, headers } = await this.#post("completions", body, completionSchema, signal);
    const logprobs = parsed.choices[0]?.logprobs?.token_logprobs ?? [];
    if (logprobs.length !== ids.length)
      throw new HttpFailure(200, headers, `${logprobs.length} log-probabilities of ${ids.length} tokens`);
    const usage = usageOf(parsed.usage);
    return { value: { logprobs, usage }, headers, tokens: usage.promptTokens };
  }

  /** The most probable path after raw text, with the alternatives at each place. */
  async nextAfterText(prompt: string, length: number, top: number, signal: AbortSignal): Promise<Reply<NextTokens>> {
    const body = { prompt, max_tokens: length, temperature: 0, logprobs: top };
    const { parsed, headers } = await this.#post("completions", body, completionSchema, signal);
    const [choice] = parsed.choices;
    const tops = choice?.logprobs?.top_logprobs ?? [];
    const tokens = choice?.logprobs?.tokens ?? [];
    const usage = usageOf(parsed.usage);
    return {
      value: {
        steps: tops.map((alternatives, index) => ({
          token: tokens[index] ?? "",
          top: Object.entries(alternatives ?? {}),
        })),
        text: choice?.text ?? "",
        finishReason: finishOf(choice?.finish_reason),
        isRefusal: false,
        usage,
      },
      headers,
      tokens: usage.promptTokens + usage.completionTokens,
    };
  }

  /** The same for the next turn of a dialogue; a last assistant turn is continued. */
  async nextAfterDialogue(
    messages: readonly Message[],
    length: number,
    top: number,
    signal: AbortSignal,
  ): Promise<Reply<NextTokens>> {
    const isContinued = messages.at(-1)?.role === "assistant";
    const body = {
      messages,
      max_tokens: length,
      temperature: 0,
      logprobs: true,
      top_logprobs: top,
      ...(isContinued ? CONTINUED : {}),
    };
    const { parsed, headers } = await this.#post("chat/completions", body, chatSchema, signal);
    const [choice] = parsed.choices;
    const usage = usageOf(parsed.usage);
    const content = choice?.logprobs?.content ?? [];
    const { text, refusal } = readMessage(choice?.message ?? undefined);
    return {
      value: {
        steps: content.map(({ token, top_logprobs: alternatives }) => ({
          token,
          top: (alternatives ?? []).map(({ token: other, logprob }) => [other, logprob] as const),
        })),
        text,
        finishReason: finishOf(choice?.finish_reason),
        isRefusal: refusal !== "",
        usage,
      },
      headers,
      tokens: usage.promptTokens + usage.completionTokens,
    };
  }

  /** Models that the endpoint serves, with the context that it states for them. */
  async models(signal: AbortSignal): Promise<ListedModel[]> {
    const { parsed } = await this.#fetch(`${this.#baseUrl}/models`, { method: "GET" }, modelsSchema, signal);
    return parsed.data.map(({ id, parent, max_model_len, context_length, meta }) => {
      const contextLength = max_model_len ?? context_length ?? meta?.n_ctx_train;
      const isAdapter = typeof parent === "string";
      return contextLength === undefined || contextLength === null
        ? { id, isAdapter }
        : { id, isAdapter, contextLength };
    });
  }

  #post<T>(path: string, body: Readonly<Record<string, unknown>>, schema: z.ZodType<T>, signal: AbortSignal) {
    const request = { method: "POST", body: JSON.stringify({ model: this.model, ...body }) } as const;
    return this.#fetch(`${this.#baseUrl}/${path}`, request, schema, signal);
  }

  /** @throws HttpFailure for any status but 200 and for an answer of another shape. */
  async #fetch<T>(
    address: string,
    { method, body }: { readonly method: "GET" | "POST"; readonly body?: string | undefined },
    schema: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<{ readonly parsed: T; readonly headers: HeaderMap }> {
    const request = { method, headers: this.#headers, body };
    const { status, headers, text } = await send(new URL(address), request, signal);
    if (status < 200 || status > 299) throw new HttpFailure(status, headers, text);
    const json = tryJson(text);
    const parsed = schema.safeParse(json);
    if (!parsed.success || errorIn(json) !== undefined) throw new HttpFailure(status, headers, text);
    return { parsed: parsed.data, headers };
  }
}

function usageOf(usage: z.infer<typeof usageSchema>) {
  return { promptTokens: usage?.prompt_tokens ?? 0, completionTokens: usage?.completion_tokens ?? 0 };
}

function offsetsOf(tokens: readonly string[]): number[] {
  let at = 0;
  return tokens.map((token) => {
    const start = at;
    at += [...token].length;
    return start;
  });
}
