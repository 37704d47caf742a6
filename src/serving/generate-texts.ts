import { Interruption, PreceptError } from "../errors.ts";
import type { PromptRow } from "../records/index.ts";
import type { Continuation, ServedModel, TextDelta, TextUsage } from "./served-model.ts";

/** How prompts are continued. */
export interface GenerationSettings {
  /** Whether a plain prompt is what the user says, in the model's chat format. */
  readonly isChat?: boolean;
  /** What stands before a dialogue. */
  readonly system?: string | undefined;
  /** Default 128. */
  readonly maxTokens?: number | undefined;
  /** Default 1; 0 takes the most probable token. */
  readonly temperature?: number | undefined;
  /** Nucleus mass; default 1. */
  readonly topP?: number | undefined;
  readonly stop?: readonly string[] | undefined;
  /** For rows without one of their own; default 1. */
  readonly seed?: number | undefined;
  readonly logprobs?: boolean;
}

/** What one prompt became. */
export interface GeneratedText {
  readonly id: string;
  readonly text: string;
  readonly finishReason: "stop" | "length" | "content_filter";
  readonly usage: TextUsage;
  /** Where log-probabilities were asked for. */
  readonly tokens?: readonly { readonly text: string; readonly logprob: number }[] | undefined;
}

/** Prompts of a file that run, or are done and not yet given out. */
const AHEAD = 256;

/** Continues one prompt; `onText` hears the text as it comes. @throws PreceptError interrupted, and for a prompt that cannot be continued. */
export async function generateText(
  model: ServedModel,
  row: PromptRow,
  settings: GenerationSettings,
  { signal, onText }: { readonly signal?: AbortSignal; readonly onText?: ((text: string) => void) | undefined } = {},
): Promise<GeneratedText> {
  const run = prepareRow(model, row, settings, onText !== undefined);
  const deltas: TextDelta[] = [];
  try {
    for await (const delta of run(signal)) {
      deltas.push(delta);
      onText?.(delta.text);
    }
  } catch (error) {
    if (!(error instanceof PreceptError && error.code === "interrupted")) throw error;
    throw new Interruption(error.details.attempted, error.details.found, "what was written is complete so far");
  }
  const { finishReason = "length", usage = { promptTokens: 0, completionTokens: 0 } } = deltas.at(-1) ?? {};
  const tokens = deltas.flatMap((delta) => delta.tokens ?? []);
  return {
    id: row.id,
    text: deltas.map(({ text }) => text).join(""),
    finishReason,
    usage,
    tokens: settings.logprobs ? tokens.map(({ piece, logprob = 0 }) => ({ text: piece, logprob })) : undefined,
  };
}

/**
 * Continues every prompt, many at a time, and gives the results in the order of the prompts; the same seed gives the same
 * text, alone or among others. @throws PreceptError as `generateText`, with the place of the row.
 */
export async function* generateTexts(
  model: ServedModel,
  rows: AsyncIterable<PromptRow>,
  settings: GenerationSettings,
  signal?: AbortSignal,
): AsyncGenerator<GeneratedText, void, undefined> {
  const running: Promise<GeneratedText>[] = [];
  const left = new AbortController();
  const either = AbortSignal.any([left.signal, ...(signal === undefined ? [] : [signal])]);
  try {
    for await (const row of rows) {
      const result = generateText(model, row, settings, { signal: either });
      result.catch(() => undefined);
      running.push(result);
      if (running.length >= AHEAD) yield await running.shift()!;
    }
    for (const result of running) yield await result;
  } finally {
    left.abort();
  }
}

/** @throws PreceptError with the row's place when it cannot be continued. */
function prepareRow(model: ServedModel, row: PromptRow, settings: GenerationSettings, stream: boolean): Continuation {
  const { isChat = false, system, maxTokens = 128, temperature = 1, topP = 1, stop = [], seed = 1 } = settings;
  const preface = system === undefined ? [] : [{ role: "system", content: system }];
  const text = typeof row.prompt === "string" && !isChat ? row.prompt : undefined;
  const dialogue = typeof row.prompt === "string" ? [{ role: "user", content: row.prompt }] : row.prompt;
  try {
    const [run] = model.prepare({
      prompt: text === undefined ? { kind: "chat", turns: [...preface, ...dialogue] } : { kind: "text", text },
      ids: [row.id],
      seed: row.seed ?? seed,
      maxTokens,
      temperature,
      topP,
      stop,
      topLogprobs: settings.logprobs === true ? 0 : undefined,
      echo: false,
      stream,
    });
    return run!;
  } catch (error) {
    if (!(error instanceof PreceptError) || row.place === "--prompt") throw error;
    const { attempted, ...details } = error.details;
    throw new PreceptError(error.code, { ...details, attempted: `${attempted}, ${row.place}` });
  }
}
