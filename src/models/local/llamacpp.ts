import { existsSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { basename, resolve } from "node:path";
import { Template } from "@huggingface/jinja";
import { PreceptError, throwIfInterrupted } from "../../errors.ts";
import { writeGbnf } from "../../grammar/index.ts";
import type {
  CallOptions,
  Choice,
  ChoiceRequest,
  Generation,
  GenerationOptions,
  GenerationRequest,
  JsonSchema,
  Message,
  Prompt,
  Requests,
  Score,
  ScoreRequest,
} from "../../language-model.ts";
import { hashFile } from "../../storage/index.ts";
import { type Memory, recall } from "../cache/recall.ts";
import { cacheFolder, ResponseCache } from "../cache/response-cache.ts";
import type { ModelReport, OpenModel } from "../open-model.ts";
import type { OpenOptions } from "../options.ts";
import type { ModelSpec } from "../spec.ts";
import { findStop } from "../stop-strings.ts";
import { answerInParallel } from "../throughput/stream.ts";
import {
  type Context,
  type Engine,
  type Grammar,
  type Library,
  loadLibrary,
  type Model,
  type Sequence,
} from "./llamacpp-library.ts";
import { keepPrefix, logprobsFrom, SequencePool, sharedLength, weighOptions } from "./sequences.ts";

/** Requests that the engine works on together; each has a context of its own, which the next one like it goes on from. */
const SEQUENCES = 4;
const LONGEST_CONTEXT = 8192;
/** Grammars that are kept; a judge has one. */
const GRAMMARS = 8;

/**
 * A GGUF file run in process. node-llama-cpp is an optional peer, looked for beside precept and in the current folder.
 * @throws PreceptError package-missing; checkpoint-missing; checkpoint-invalid.
 */
export async function openLlamaCpp({ model: path }: ModelSpec, options: OpenOptions): Promise<OpenModel> {
  const { render } = options;
  const attempted = `Opening llamacpp:${path}`;
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new PreceptError("checkpoint-missing", { attempted, found: "no such file", expected: "a GGUF file" });
  }
  const library = await loadLibrary(attempted);
  try {
    const llama = await library.getLlama({ gpu: "auto", build: "never", logLevel: "error", maxThreads: fairThreads() });
    const model = await llama.loadModel({ modelPath: file });
    const contextSize = Math.min(LONGEST_CONTEXT, model.trainContextSize);
    const context = await model.createContext({ contextSize, sequences: SEQUENCES });
    const memory = await memoryOf(file, options);
    return new LlamaCppModel(basename(file), { library, llama, model, context, contextSize }, { render, memory });
  } catch (error) {
    throw new PreceptError("checkpoint-invalid", {
      attempted,
      found: error instanceof Error ? error.message : String(error),
      expected: "a GGUF file that llama.cpp can load",
      cause: error,
    });
  }
}

/** The cache of its answers, by the bytes of the file; none where a function of somebody's renders dialogues. */
async function memoryOf(file: string, { cache: folder, env = process.env, render }: OpenOptions) {
  if (folder === false || render !== undefined) return undefined;
  const identity = `llamacpp:${await hashFile(file)}`;
  return { cache: ResponseCache.open(folder ?? cacheFolder(env)), model: `llamacpp:${basename(file)}`, identity };
}

/**
 * PRECEPT_THREADS, else this process's share of the cores. llama.cpp's threads spin while they wait for one another: with more of
 * them than free cores, a token takes hundreds of times as long.
 */
function fairThreads(): number {
  const asked = Number.parseInt(process.env["PRECEPT_THREADS"] ?? "", 10);
  const cores = availableParallelism();
  const [load = 0] = loadavg();
  return asked > 0 ? asked : Math.max(1, Math.floor(cores * Math.min(1, cores / load)));
}

/** A file that is loaded, and what it is run with. */
interface Loaded {
  readonly library: Library;
  readonly llama: Engine;
  readonly model: Model;
  readonly context: Context;
  readonly contextSize: number;
}

class LlamaCppModel implements OpenModel {
  readonly id: string;
  readonly capabilities = { logprobs: true, prefill: true, rawCompletion: true, schema: true };
  readonly report: ModelReport;
  readonly #loaded: Loaded;
  readonly #model: Model;
  readonly #sequences: SequencePool;
  readonly #contextSize: number;
  /** By schema and beginning. */
  readonly #grammars = new Map<string, Promise<Grammar>>();
  readonly #render: OpenOptions["render"];
  readonly #memory: Memory | undefined;

  constructor(
    name: string,
    loaded: Loaded,
    { render, memory }: { readonly render: OpenOptions["render"]; readonly memory: Memory | undefined },
  ) {
    this.id = `llamacpp:${name}`;
    const { model, context, contextSize } = loaded;
    this.#loaded = loaded;
    this.#model = model;
    this.#contextSize = contextSize;
    this.#render = render;
    this.#memory = memory;
    this.#sequences = new SequencePool(Array.from({ length: SEQUENCES }, () => context.getSequence()));
    const { id, capabilities } = this;
    this.report = {
      id,
      name: id,
      capabilities,
      choice: "engine",
      source: "known",
      contextLength: contextSize,
      endpoints: [],
    };
  }

  generate(requests: Requests<GenerationRequest>, options: GenerationOptions): AsyncGenerator<Generation> {
    const { maxTokens, temperature = 1, topP = 1, stop = [], schema } = options;
    const shape = { maxTokens, temperature, topP, stop, schema: schema?.schema };
    const questionOf = ({ prompt, prefill = "", seed }: GenerationRequest) => ({
      kind: "generate",
      prompt,
      prefill,
      seed,
      ...shape,
    });
    return this.#stream(requests, options, questionOf, async (request, signal) => {
      const input = this.#encode(request.prompt, request.prefill);
      const usage = { promptTokens: input.length, completionTokens: 0 };
      if (input.length + 1 >= this.#contextSize) {
        const error = `a prompt of ${input.length} tokens for a context of ${this.#contextSize}`;
        return { id: request.id, text: "", finishReason: "error", outcome: "context-overflow", error, usage };
      }
      return this.#sequences.use(input, (sequence) => this.#generateOne(sequence, request, { input, options, signal }));
    });
  }

  choose(requests: Requests<ChoiceRequest>, options: CallOptions = {}): AsyncGenerator<Choice> {
    const questionOf = ({ prompt, options: texts }: ChoiceRequest) => ({ kind: "choose", prompt, options: texts });
    return this.#stream(requests, options, questionOf, async ({ id, prompt, options: texts }) => {
      const promptTokens = this.#encode(prompt);
      const whole = texts.map((text) => this.#encode(prompt, text));
      const usage = { promptTokens: promptTokens.length, completionTokens: 0 };
      if (Math.max(...whole.map(({ length }) => length)) >= this.#contextSize) {
        const probabilities = texts.map(() => 1 / texts.length);
        return { id, probabilities, method: "logprobs" as const, outcome: "context-overflow" as const, usage };
      }
      // A token that straddles the boundary is the option's: it is counted from where the prompt's own tokens end.
      const from = Math.min(...whole.map((tokens) => sharedLength(tokens, promptTokens)));
      const sums = await this.#sequences.use(promptTokens, (sequence) => weighOptions(sequence, whole, from));
      const masses = sums.map((sum) => Math.exp(sum - Math.max(...sums)));
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      return {
        id,
        probabilities: masses.map((mass) => mass / total),
        method: "logprobs" as const,
        mass: sums.reduce((sum, logprob) => sum + Math.exp(logprob), 0),
        usage,
      };
    });
  }

  score(requests: Requests<ScoreRequest>, options: CallOptions = {}): AsyncGenerator<Score> {
    const questionOf = ({ prompt, continuation }: ScoreRequest) => ({ kind: "score", prompt, continuation });
    return this.#stream(requests, options, questionOf, async ({ id, prompt, continuation }) => {
      const promptTokens = this.#encode(prompt);
      const tokens = this.#encode(prompt, continuation);
      const usage = { promptTokens: promptTokens.length, completionTokens: 0 };
      if (tokens.length >= this.#contextSize) return { id, logprobs: [], outcome: "context-overflow" as const, usage };
      const from = sharedLength(tokens, promptTokens);
      const logprobs = await this.#sequences.use(tokens, (sequence) => logprobsFrom(sequence, tokens, from));
      return { id, logprobs, usage: { ...usage, completionTokens: logprobs.length } };
    });
  }

  async dispose(): Promise<void> {
    this.#memory?.cache.flush();
    await this.#loaded.context.dispose();
    await this.#model.dispose();
  }

  #stream<Q extends { readonly id: string; readonly prompt: Prompt }, A extends Generation | Choice | Score>(
    requests: Requests<Q>,
    { signal }: CallOptions,
    questionOf: (request: Q) => Readonly<Record<string, unknown>>,
    answer: (request: Q, signal: AbortSignal) => Promise<A>,
  ): AsyncGenerator<A> {
    const places = { width: SEQUENCES, window: 256, signal };
    return answerInParallel(requests, places, (request, own) =>
      recall<A>(this.#memory, request.id, { contextSize: this.#contextSize, ...questionOf(request) }, async () => {
        const { id: _, ...stored } = await answer(request, own);
        return stored;
      }),
    );
  }

  async #generateOne(
    sequence: Sequence,
    { id, seed, prefill }: GenerationRequest,
    { input, options, signal }: { input: readonly number[]; options: GenerationOptions; signal: AbortSignal },
  ): Promise<Generation> {
    const { maxTokens, temperature = 1, topP = 1, stop = [], schema } = options;
    const grammarEvaluationState = await this.#grammarFor(schema, prefill);
    const tokens: number[] = [];
    let finishReason: Generation["finishReason"] = "length";
    let text = "";
    const most = Math.min(maxTokens, this.#contextSize - input.length - 1);
    const rest = await keepPrefix(sequence, input);
    const sampling = { temperature, topK: 0, topP, minP: 0, seed, grammarEvaluationState };
    for await (const token of sequence.evaluate(rest, sampling)) {
      throwIfInterrupted(signal, `Asking ${this.id}`);
      tokens.push(token);
      text = this.#model.detokenize(tokens);
      const end = findStop(text, stop);
      if (end !== undefined) {
        text = text.slice(0, end);
        finishReason = "stop";
        break;
      }
      if (tokens.length >= most) break;
    }
    // The engine ends by itself at the model's own end token, which it does not give out.
    if (tokens.length < most) finishReason = "stop";
    const usage = { promptTokens: input.length, completionTokens: tokens.length };
    return { id, text, finishReason, usage, ...(text.trim() === "" ? { outcome: "empty" as const } : {}) };
  }

  /** Before the first token of one answer. */
  async #grammarFor(schema: JsonSchema | undefined, prefill = ""): Promise<object | undefined> {
    if (schema === undefined) return undefined;
    const { library, llama, model } = this.#loaded;
    const key = JSON.stringify([schema.schema, prefill]);
    const known = this.#grammars.get(key);
    const grammar = known ?? llama.createGrammar({ grammar: writeGbnf(schema.schema, prefill) });
    this.#grammars.delete(key);
    this.#grammars.set(key, grammar);
    const [oldest] = this.#grammars.keys();
    if (this.#grammars.size > GRAMMARS && oldest !== undefined) this.#grammars.delete(oldest);
    return new library.LlamaGrammarEvaluationState({ model, grammar: await grammar });
  }

  /** Raw text as it is; a dialogue by `render`, else by the file's own chat template, whose marks are tokens. */
  #encode(prompt: Prompt, after = ""): number[] {
    const isRaw = typeof prompt === "string";
    const text = isRaw ? prompt : this.#renderDialogue(prompt);
    const tokens = this.#model.tokenize(text + after, !isRaw);
    const { bos, shouldPrependBosToken } = this.#model.tokens;
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : [...tokens];
  }

  #renderDialogue(messages: readonly Message[]): string {
    if (this.#render !== undefined) return this.#render(messages);
    const template = this.#model.fileInfo.metadata.tokenizer?.["chat_template"];
    if (typeof template !== "string") {
      throw new PreceptError("input-invalid", {
        attempted: `Prompting ${this.id}`,
        found: "a dialogue",
        expected: "text, since this file has no chat template",
        remedy: "use the templates for raw text, or give the model a `render` function",
      });
    }
    const { bosString, eosString } = this.#model.tokens;
    return new Template(template).render({
      messages: messages.map((message) => ({ ...message })),
      add_generation_prompt: true,
      bos_token: bosString ?? "",
      eos_token: eosString ?? "",
    });
  }
}
