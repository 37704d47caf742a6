import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PreceptError } from "../errors.ts";
import { type ChatMessage, type ChatTemplate, chatTemplate, type Tokenizer } from "../tokenizer/index.ts";
import { RunningBatch, type SampledToken, type SequenceUpdate } from "../transformer/decode/index.ts";
import { adaptedModules, loadAdapter, loadCheckpoint, type TransformerConfig } from "../transformer/index.ts";
import { Detokenizer, StopStrings } from "./text-stream.ts";

export interface TextModelOptions {
  readonly threads?: number | undefined;
  /** Adapters in PEFT's format over this model: name → folder. */
  readonly adapters?: ReadonlyMap<string, string>;
  /** A Jinja file, in place of the model's own chat template. */
  readonly chatTemplate?: string | undefined;
  /** For the keys and values of all sequences together; default 1 GiB. */
  readonly cacheBytes?: number | undefined;
}

export interface TextRequest {
  /** With the seed, names this request's own random stream. */
  readonly id: string;
  readonly seed: number;
  readonly tokens: readonly number[];
  readonly maxTokens: number;
  /** 0 takes the most probable token. */
  readonly temperature: number;
  readonly topP: number;
  /** Generation ends before the first of these strings. */
  readonly stop: readonly string[];
  readonly topLogprobs: number;
  /** Whether the prompt's own log-probabilities are wanted. */
  readonly echo: boolean;
  /** A name among the adapters; absent: the model itself. */
  readonly adapter?: string | undefined;
  /** Whether pieces are wanted as they come; else there is one at the end. */
  readonly stream: boolean;
}

/** A token and the text that it adds; of an unfinished character, none until it is whole. */
export interface TextToken extends SampledToken {
  readonly piece: string;
}

export interface TextDelta {
  readonly text: string;
  readonly tokens: readonly TextToken[];
  /** With `echo`, once: the prompt's tokens from the second on. */
  readonly prompt?: readonly SampledToken[] | undefined;
  readonly finishReason?: "stop" | "length" | undefined;
  /** Tokens that were drawn and are no text: 1 after a stop token. */
  readonly endTokens?: number;
}

/** A checkpoint that continues texts, many at a time, each as if it were alone. */
export class TextModel {
  /** The folder's name. */
  readonly name: string;
  readonly config: TransformerConfig;
  readonly tokenizer: Tokenizer;
  readonly chat: ChatTemplate | undefined;
  readonly batch: RunningBatch;
  /** Names in the order of their numbers. */
  readonly adapters: readonly string[];

  private constructor(
    name: string,
    tokenizer: Tokenizer,
    chat: ChatTemplate | undefined,
    batch: RunningBatch,
    adapters: readonly string[],
  ) {
    this.name = name;
    this.config = batch.config;
    this.tokenizer = tokenizer;
    this.chat = chat;
    this.batch = batch;
    this.adapters = adapters;
  }

  /** @throws PreceptError checkpoint-missing, checkpoint-invalid, shape-mismatch or input-invalid. */
  static async load(folder: string, options: TextModelOptions = {}): Promise<TextModel> {
    const { adapters: folders = new Map<string, string>(), chatTemplate: template, threads, cacheBytes } = options;
    const { config, weights, tokenizer } = await loadCheckpoint(folder);
    const adapters = await Promise.all([...folders.values()].map(loadAdapter));
    for (const [index, name] of [...folders.keys()].entries())
      adaptedModules(adapters[index]!, weights, `Loading the adapter ${name}`);
    const chat = template === undefined ? tokenizer.chat : chatTemplate(await readTemplate(template), {}, template);
    const batch = await RunningBatch.create({
      config,
      weights,
      adapters,
      isOwner: true,
      threads,
      cacheBytes,
    });
    return new TextModel(nameOf(folder), tokenizer, chat, batch, [...folders.keys()]);
  }

  /** The tokens of a raw text, with what this model expects before one. */
  encodeText(text: string): number[] {
    return this.tokenizer.encode(text, { addSpecialTokens: true });
  }

  /** The tokens of a dialogue whose next turn is the model's. @throws PreceptError input-invalid without a chat template. */
  encodeChat(messages: readonly ChatMessage[]): number[] {
    if (this.chat === undefined) {
      throw new PreceptError("input-invalid", {
        attempted: `Writing a dialogue for ${this.name}`,
        found: "a model without a chat template",
        expected: "a template beside the weights, or one given with --chat-template",
        remedy: "ask for a completion of plain text",
      });
    }
    return this.tokenizer.encode(this.chat.render(messages));
  }

  /** Continues one prompt. @throws PreceptError input-invalid, context-overflow, out-of-vocabulary, interrupted, not-finite. */
  async *complete(request: TextRequest, signal?: AbortSignal): AsyncGenerator<TextDelta, void, undefined> {
    const { id, seed, maxTokens, temperature, topP, topLogprobs, echo } = request;
    this.check(request);
    const stopTokens = this.tokenizer.stopTokens ?? [this.tokenizer.endToken];
    const ends = new Set(stopTokens);
    // Only who reads the text as it comes sees a stop string in time to leave.
    const stream = request.stream || request.stop.length > 0;
    const tokens = Int32Array.from(request.tokens);
    const adapter = request.adapter === undefined ? 0 : 1 + this.adapters.indexOf(request.adapter);
    const call = { id, seed, tokens, maxTokens, temperature, topP, stopTokens, topLogprobs, echo, adapter, stream };
    const detokenizer = new Detokenizer(this.tokenizer);
    const stops = new StopStrings(request.stop);
    const pending: TextDelta[] = [];
    for await (const update of this.batch.sequence(call, signal)) {
      const { delta, isStopped } = read(update, ends, detokenizer, stops);
      if (request.stream) yield delta;
      else pending.push(delta);
      if (isStopped) break;
    }
    if (!request.stream) yield joined(pending);
  }

  close(): Promise<void> {
    return this.batch.close();
  }

  /** @throws PreceptError input-invalid, context-overflow or out-of-vocabulary for what cannot be continued. */
  check({ tokens, maxTokens, temperature, topP, adapter }: TextRequest): void {
    const attempted = `Continuing a text with ${this.name}`;
    const fault = (found: string, expected: string): PreceptError =>
      new PreceptError("input-invalid", { attempted, found, expected });
    const { contextLength, vocabularySize } = this.config;
    if (tokens.length === 0) throw fault("an empty prompt", "at least one token");
    const most = maxTokens === 0 ? contextLength : contextLength - 1;
    if (tokens.length > most) {
      throw new PreceptError("context-overflow", {
        attempted,
        found: `a prompt of ${tokens.length} tokens`,
        expected: `at most ${most}, since the context of this model is ${contextLength}`,
        remedy: "shorten the prompt",
      });
    }
    const bad = tokens.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabularySize));
    if (bad !== undefined) {
      const details = { attempted, found: `token ${bad}`, expected: `0 to ${vocabularySize - 1}` };
      throw new PreceptError("out-of-vocabulary", details);
    }
    if (!(Number.isInteger(maxTokens) && maxTokens >= 0)) throw fault(`maxTokens = ${maxTokens}`, "a whole number");
    if (!(temperature >= 0 && Number.isFinite(temperature))) throw fault(`temperature = ${temperature}`, "0 or more");
    if (!(topP > 0 && topP <= 1)) throw fault(`topP = ${topP}`, "a mass in (0, 1]");
    if (adapter !== undefined && !this.adapters.includes(adapter))
      throw fault(`the adapter ${adapter}`, this.adapters.join(", ") || "no adapter: none was loaded");
  }
}

/** One update as text: stop tokens are no text, and a stop string ends it. */
function read(
  { tokens, prompt, finishReason }: SequenceUpdate,
  ends: ReadonlySet<number>,
  detokenizer: Detokenizer,
  stops: StopStrings,
): { readonly delta: TextDelta; readonly isStopped: boolean } {
  let text = "";
  const read: TextToken[] = [];
  let isStopped = false;
  let endTokens = 0;
  const take = (piece: string): void => {
    const taken = stops.push(piece);
    text += taken.text;
    isStopped = taken.isStopped;
  };
  for (const [index, token] of tokens.entries()) {
    const isEnd = finishReason === "stop" && index === tokens.length - 1 && ends.has(token.token);
    const piece = isEnd ? "" : detokenizer.push(token.token);
    take(piece);
    if (isEnd) {
      endTokens = 1;
      break;
    }
    read.push({ ...token, piece });
    if (isStopped) break;
  }
  if (finishReason !== undefined && !isStopped) {
    take(detokenizer.end());
    if (!isStopped) text += stops.end();
  }
  const reason = isStopped ? "stop" : finishReason;
  return {
    delta: {
      text,
      tokens: read,
      prompt,
      ...(reason === undefined ? {} : { finishReason: reason, endTokens }),
    },
    isStopped,
  };
}

function joined(deltas: readonly TextDelta[]): TextDelta {
  const prompt = deltas.find((delta) => delta.prompt !== undefined)?.prompt;
  const { finishReason, endTokens } = deltas.at(-1) ?? {};
  return {
    text: deltas.map(({ text }) => text).join(""),
    tokens: deltas.flatMap(({ tokens }) => tokens),
    prompt,
    ...(finishReason === undefined || endTokens === undefined ? {} : { finishReason, endTokens }),
  };
}

/** "runs/tuned/checkpoint" is known as "tuned". */
function nameOf(folder: string): string {
  const own = basename(folder);
  return own === "checkpoint" ? basename(dirname(folder)) || own : own;
}

async function readTemplate(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new PreceptError("input-invalid", {
      attempted: "Reading a chat template",
      found,
      remedy: "check the path",
      cause,
    });
  }
}
