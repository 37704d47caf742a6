import { PreceptError } from "../../errors.ts";
import { type Constraint, checkBeginning } from "../../grammar/index.ts";
import type { WorkerThread } from "../../tensor/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { checkEdits, type SiteEdit } from "./edits.ts";
import type { GeneratedSequence, SamplingOptions } from "./generation.ts";
import type { GenerateCall, GenerateEvent } from "./inference-handlers.ts";
import { packTokens } from "./packing.ts";

export interface GenerateRequest {
  readonly id: string;
  /** The prompt; at least one token. */
  readonly tokens: readonly number[];
  /** With the id, names this request's own random stream. */
  readonly seed: number;
  /** What the prompt already holds of a constrained text. */
  readonly begun?: string | undefined;
}

export interface SampleOptions {
  readonly maxTokens: number;
  /** 0 takes the most probable token. Default 1. */
  readonly temperature?: number | undefined;
  /** Nucleus mass in (0, 1]. Default 1. */
  readonly topP?: number;
  /** Default: the tokenizer's end token. */
  readonly stopTokens?: readonly number[];
  /** What every text is held to while it is written. */
  readonly constraint?: Constraint | undefined;
  /** What is done to sites of the model on the way. */
  readonly edits?: readonly SiteEdit[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The options with their defaults. @throws PreceptError input-invalid, context-overflow or out-of-vocabulary. */
export function checkSampling(
  { config, tokenizer }: { readonly config: TransformerConfig; readonly tokenizer: Tokenizer },
  requests: readonly GenerateRequest[],
  { maxTokens, temperature = 1, topP = 1, stopTokens = [tokenizer.endToken], constraint, edits }: SampleOptions,
): SamplingOptions {
  const attempted = "Generating text";
  if (!(Number.isInteger(maxTokens) && maxTokens >= 1))
    throw invalidInput(attempted, `maxTokens = ${maxTokens}`, "a positive integer");
  if (!(temperature >= 0 && temperature < Number.POSITIVE_INFINITY))
    throw invalidInput(attempted, `temperature = ${temperature}`, "0 or more");
  if (!(topP > 0 && topP <= 1)) throw invalidInput(attempted, `topP = ${topP}`, "a mass in (0, 1]");
  if (new Set(requests.map(({ id }) => id)).size !== requests.length)
    throw invalidInput(attempted, "two requests with one id", "unique ids");
  for (const { id, tokens } of requests) checkTokens(config, tokens, `${attempted} for ${id}`);
  if (constraint !== undefined) {
    for (const begun of new Set(requests.map((request) => request.begun ?? "")))
      checkBeginning(constraint.schema, begun);
  }
  checkEdits(config, edits);
  return { maxTokens, temperature, topP, stopTokens, constraint, edits };
}

/** A `generate` call of `inferenceHandlers`: yields results batch by batch; leaving early cancels the call. */
export async function* generateInWorker(
  worker: WorkerThread,
  requests: readonly GenerateRequest[],
  options: SamplingOptions,
  signal: AbortSignal | undefined,
): AsyncGenerator<GeneratedSequence, void, undefined> {
  const call: GenerateCall = {
    ids: requests.map(({ id }) => id),
    prompts: packTokens(requests.map(({ tokens }) => tokens)),
    seeds: Float64Array.from(requests, ({ seed }) => seed),
    begun: requests.map(({ begun }) => begun),
    options,
  };
  const left = new AbortController();
  const either = signal === undefined ? left.signal : AbortSignal.any([signal, left.signal]);
  const arrived: GenerateEvent[] = [];
  let wake = (): void => undefined;
  let isDone = false;
  const onEvent = (event: unknown): void => {
    arrived.push(event as GenerateEvent);
    wake();
  };
  const done = worker.call<void>("generate", call, { onEvent, signal: either }).finally(() => {
    isDone = true;
    wake();
  });
  done.catch(() => undefined);
  try {
    while (true) {
      const batch = arrived.shift();
      if (batch !== undefined) yield* batch;
      else if (isDone) break;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
    await done;
  } finally {
    left.abort();
  }
}

/** @throws PreceptError input-invalid, context-overflow or out-of-vocabulary. */
export function checkTokens(config: TransformerConfig, tokens: readonly number[], attempted: string): void {
  if (tokens.length === 0) throw invalidInput(attempted, "no token", "at least one token");
  if (tokens.length > config.contextLength) {
    throw new PreceptError("context-overflow", {
      attempted,
      found: `${tokens.length} tokens`,
      expected: `at most ${config.contextLength}, the context of this model`,
      remedy: "shorten the text",
    });
  }
  checkVocabulary(config, tokens, attempted);
}

/** @throws PreceptError out-of-vocabulary. */
export function checkVocabulary(
  { vocabularySize }: TransformerConfig,
  tokens: readonly number[],
  attempted: string,
): void {
  const bad = tokens.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabularySize));
  if (bad === undefined) return;
  throw new PreceptError("out-of-vocabulary", {
    attempted,
    found: `token ${bad}`,
    expected: `0 to ${vocabularySize - 1}`,
  });
}

export const invalidInput = (attempted: string, found: string, expected: string): PreceptError =>
  new PreceptError("input-invalid", { attempted, found, expected });
