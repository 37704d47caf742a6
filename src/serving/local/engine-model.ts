import { basename } from "node:path";
import { PreceptError } from "../../errors.ts";
import { constraintFor } from "../../grammar/index.ts";
import { type HubProgress, resolveModelFolder } from "../../hub/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { readText } from "../../storage/index.ts";
import { requireEngine } from "../../tensor/index.ts";
import {
  type ChatMessage,
  type ChatOptions,
  type ChatTemplate,
  chatTemplate,
  type Tokenizer,
  tokenBytes,
} from "../../tokenizer/index.ts";
import {
  type Occupancy,
  RunningBatch,
  type SampledToken,
  type SequenceUpdate,
} from "../../transformer/decode/index.ts";
import {
  adaptedModules,
  loadAdapter,
  loadCheckpoint,
  modelFolder,
  type TransformerConfig,
} from "../../transformer/index.ts";
import type { Abilities, Continuation, ServedModel, TextDelta, TextRequest, TextToken } from "../served-model.ts";
import { Detokenizer, StopStrings } from "./text-stream.ts";

export interface EngineModelOptions {
  readonly threads?: number | undefined;
  /** Adapters in PEFT's format over this model: name → folder, or id on the hub. */
  readonly adapters?: ReadonlyMap<string, string>;
  /** A Jinja file, in place of the model's own chat template. */
  readonly chatTemplate?: string | undefined;
  /** For the keys and values of all sequences together; default 1 GiB. */
  readonly cacheBytes?: number | undefined;
  /** Told how far the download of a named model is. */
  readonly onDownload?: (name: string) => (bytes: HubProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A checkpoint run by our engine's running batch: the fast way to serve, and all of OpenAI's protocol. */
export class EngineModel implements ServedModel {
  /** The folder's name. */
  readonly name: string;
  /** Names in the order of their numbers. */
  readonly adapters: readonly string[];
  readonly abilities: Abilities;
  readonly config: TransformerConfig;
  readonly tokenizer: Tokenizer;
  readonly #chat: ChatTemplate | undefined;
  readonly #batch: RunningBatch;
  readonly vocabulary: NonNullable<ServedModel["vocabulary"]>;

  private constructor(
    name: string,
    tokenizer: Tokenizer,
    chat: ChatTemplate | undefined,
    batch: RunningBatch,
    adapters: readonly string[],
  ) {
    this.name = name;
    this.adapters = adapters;
    this.abilities = { chat: chat !== undefined, completions: true, tokenIds: true, logprobs: true, echo: true };
    this.config = batch.config;
    this.tokenizer = tokenizer;
    this.#chat = chat;
    this.#batch = batch;
    this.vocabulary = {
      contextLength: batch.config.contextLength,
      encode: (prompt, { addSpecialTokens }) => this.#encode(prompt, addSpecialTokens),
    };
  }

  /**
   * From a folder (an adapter's and a training job's too), or from the hub by "owner/name".
   * @throws PreceptError package-missing, checkpoint-missing, checkpoint-invalid, shape-mismatch or input-invalid; what the hub throws.
   */
  static async load(place: string, options: EngineModelOptions = {}): Promise<EngineModel> {
    const { adapters: places = new Map<string, string>(), chatTemplate: template, threads, cacheBytes } = options;
    const find = async (one: string): Promise<string> =>
      await resolveModelFolder(one, {
        ...omitUndefined({ progress: options.onDownload?.(one) }),
        signal: options.signal,
      });
    requireEngine();
    const folder = await find(place);
    const { config, weights, tokenizer } = await loadCheckpoint(folder);
    const folders = new Map<string, string>();
    for (const [name, one] of places) folders.set(name, modelFolder(await find(one)));
    const adapters = await Promise.all([...folders.values()].map(loadAdapter));
    for (const [index, name] of [...folders.keys()].entries())
      adaptedModules(adapters[index]!, weights, `Loading the adapter ${name}`);
    const chat =
      template === undefined
        ? tokenizer.chat
        : chatTemplate(await readText(template), tokenizer.specialTokens ?? {}, template);
    const batch = await RunningBatch.create({ config, weights, adapters, isOwner: true, threads, cacheBytes });
    return new EngineModel(nameOf(folder), tokenizer, chat, batch, [...folders.keys()]);
  }

  prepare(request: TextRequest): Continuation[] {
    const tokens = this.#encode(request.prompt);
    const checked = { ...request, maxTokens: request.maxTokens ?? this.config.contextLength };
    this.#check(tokens, checked);
    const prompt = Int32Array.from(tokens);
    const { schema } = request;
    const constraint = schema && constraintFor(this.tokenizer, schema.schema);
    return request.ids.map((id) => (signal) => this.#continue({ ...checked, prompt, constraint, id }, signal));
  }

  occupancy(): Promise<Occupancy> {
    return this.#batch.occupancy();
  }

  close(): Promise<void> {
    return this.#batch.close();
  }

  #encode(prompt: TextRequest["prompt"], addSpecialTokens = true): readonly number[] {
    switch (prompt.kind) {
      case "tokens":
        return prompt.tokens;
      case "text":
        return this.tokenizer.encode(prompt.text, { addSpecialTokens });
      case "chat":
        return this.#encodeChat(prompt.turns, prompt.variables);
    }
  }

  /** The tokens of a dialogue whose next turn is the model's. */
  #encodeChat(turns: readonly ChatMessage[], variables: ChatOptions["variables"] = {}): number[] {
    if (this.#chat !== undefined) return this.tokenizer.encode(this.#chat.render(turns, { variables }));
    throw new PreceptError("input-invalid", {
      attempted: `Writing a dialogue for ${this.name}`,
      found: "a model without a chat template",
      expected: "a template beside the weights, or one given with --chat-template",
      remedy: "ask for a completion of plain text",
    });
  }

  async *#continue(request: OwnRequest, signal: AbortSignal | undefined): AsyncGenerator<TextDelta, void, undefined> {
    const {
      id,
      prompt: tokens,
      constraint,
      seed,
      maxTokens,
      temperature,
      topP,
      topLogprobs,
      echo,
      listedTokens,
    } = request;
    const isReported = topLogprobs !== undefined;
    const stopTokens = [...(this.tokenizer.stopTokens ?? [this.tokenizer.endToken]), ...(request.stopTokens ?? [])];
    const call = {
      id,
      seed,
      tokens,
      maxTokens,
      temperature,
      topP,
      stopTokens,
      constraint,
      topLogprobs: topLogprobs ?? 0,
      listedTokens,
      echo: echo && isReported,
      adapter: request.adapter === undefined ? 0 : 1 + this.adapters.indexOf(request.adapter),
      // Only who reads the text as it comes sees a stop string in time to leave.
      stream: request.stream || request.stop.length > 0,
    };
    const reader = new UpdateReader(this.tokenizer, tokens, {
      stopTokens,
      stop: request.stop,
      isReported,
      isListed: isReported && listedTokens !== undefined,
      echo,
    });
    const pending: TextDelta[] = [];
    for await (const update of this.#batch.sequence(call, signal)) {
      const delta = reader.read(update);
      if (request.stream) yield delta;
      else pending.push(delta);
      if (delta.finishReason !== undefined) break;
    }
    if (!request.stream) yield join(pending);
  }

  /** @throws PreceptError input-invalid, context-overflow or out-of-vocabulary for what cannot be continued. */
  #check(
    tokens: readonly number[],
    {
      maxTokens,
      temperature,
      topP,
      adapter,
      listedTokens = [],
      stopTokens = [],
    }: TextRequest & { readonly maxTokens: number },
  ): void {
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
    const bad = [...tokens, ...listedTokens, ...stopTokens].find(
      (token) => !(Number.isInteger(token) && token >= 0 && token < vocabularySize),
    );
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

/** A request made ready for the batch, for one of its continuations. */
interface OwnRequest extends Omit<TextRequest, "prompt" | "ids" | "maxTokens"> {
  readonly id: string;
  readonly prompt: Int32Array;
  readonly maxTokens: number;
  readonly constraint: ReturnType<typeof constraintFor> | undefined;
}

interface ReadingOptions {
  readonly stopTokens: readonly number[];
  readonly stop: readonly string[];
  readonly isReported: boolean;
  /** Whether certain tokens are to be reported at every place. */
  readonly isListed: boolean;
  readonly echo: boolean;
}

/** A sequence's updates as text: stop tokens are no text, and a stop string ends it. */
class UpdateReader {
  readonly #tokenizer: Tokenizer;
  readonly #prompt: Int32Array;
  readonly #options: ReadingOptions;
  readonly #detokenizer: Detokenizer;
  readonly #stops: StopStrings;
  #isFirst = true;
  #completionTokens = 0;

  constructor(tokenizer: Tokenizer, prompt: Int32Array, options: ReadingOptions) {
    this.#tokenizer = tokenizer;
    this.#prompt = prompt;
    this.#options = options;
    this.#detokenizer = new Detokenizer(tokenizer);
    this.#stops = new StopStrings(options.stop);
  }

  read({ tokens, prompt: sampled, finishReason }: SequenceUpdate): TextDelta {
    const { stopTokens, isReported, isListed, echo } = this.#options;
    const read: TextToken[] = [];
    const ids: number[] = [];
    let text = "";
    let isStopped = false;
    const take = (piece: string): void => {
      const taken = this.#stops.push(piece);
      text += taken.text;
      isStopped = taken.isStopped;
    };
    for (const [index, token] of tokens.entries()) {
      this.#completionTokens++;
      ids.push(token.token);
      const isEnd = finishReason === "stop" && index === tokens.length - 1 && stopTokens.includes(token.token);
      if (isEnd) {
        // No text, but a place all the same, and what was listed has a probability there.
        if (isListed) read.push(this.#report("", token));
        break;
      }
      const piece = this.#detokenizer.push(token.token);
      take(piece);
      if (isReported) read.push(this.#report(piece, token));
      if (isStopped) break;
    }
    if (finishReason !== undefined && !isStopped) {
      take(this.#detokenizer.end());
      if (!isStopped) text += this.#stops.end();
    }
    const prompt = echo && this.#isFirst ? this.#reportPrompt(sampled) : undefined;
    this.#isFirst = false;
    const delta = { text, ids, tokens: isReported ? read : undefined, prompt };
    const reason = isStopped ? ("stop" as const) : finishReason;
    if (reason === undefined) return delta;
    const usage = { promptTokens: this.#prompt.length, completionTokens: this.#completionTokens };
    return { ...delta, finishReason: reason, usage };
  }

  #report(piece: string, { token, logprob, top }: SampledToken): TextToken {
    return { ...this.#spell(token), piece, logprob, top: top?.map((one) => ({ ...one, ...this.#spell(one.token) })) };
  }

  #spell(id: number) {
    return { id, token: this.#tokenizer.decode([id]), bytes: tokenBytes(this.#tokenizer, id) };
  }

  /** The prompt's own tokens; `sampled` has the log-probabilities of all but the first, where they were asked for. */
  #reportPrompt(sampled: readonly SampledToken[] = []): TextToken[] {
    const detokenizer = new Detokenizer(this.#tokenizer);
    const pieces = Array.from(this.#prompt, (token) => detokenizer.push(token));
    pieces[pieces.length - 1] += detokenizer.end();
    return pieces.map((piece, place) => {
      const one = place === 0 ? undefined : sampled[place - 1];
      if (one !== undefined) return this.#report(piece, one);
      const first = this.#prompt[place] ?? 0;
      return { ...this.#spell(first), piece };
    });
  }
}

function join(deltas: readonly TextDelta[]): TextDelta {
  const { finishReason, usage } = deltas.at(-1) ?? {};
  return {
    text: deltas.map(({ text }) => text).join(""),
    ids: deltas.flatMap(({ ids = [] }) => ids),
    tokens: deltas[0]?.tokens && deltas.flatMap(({ tokens = [] }) => tokens),
    prompt: deltas[0]?.prompt,
    finishReason,
    usage,
  };
}

/** "runs/tuned", "runs/tuned/checkpoint" and "runs/tuned/train/checkpoint" are known as "tuned". */
export function nameOf(folder: string): string {
  return basename(folder.replace(/(?<=[^\\/])([\\/]train)?[\\/]checkpoint[\\/]*$/, ""));
}
