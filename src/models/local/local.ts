import { PreceptError } from "../../errors.ts";
import { constraintFor } from "../../grammar/index.ts";
import { resolveModelFolder } from "../../hub/index.ts";
import type {
  CallOptions,
  Capabilities,
  Choice,
  ChoiceRequest,
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
  Message,
  Prompt,
  Score,
  ScoreRequest,
} from "../../language-model.ts";
import { requireEngine } from "../../tensor/index.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import { type Engine, Transformer } from "../../transformer/index.ts";
import { findStop } from "../stop-strings.ts";

export interface LocalModelOptions {
  readonly threads?: number | undefined;
  /** Renders a dialogue as the text that the model continues; default: the checkpoint's own chat template. */
  readonly render?: ((messages: readonly Message[]) => string) | undefined;
  /** Default "graph". */
  readonly engine?: Engine;
}

/**
 * A checkpoint run in process by our own engine. A generation's `tokens` and `logprobs` are all that was drawn, the end
 * token or the token that completed a stop string included, as reinforcement learning needs them; `text` ends before.
 */
export class LocalModel implements LanguageModel {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly transformer: Transformer;
  readonly #render: ((messages: readonly Message[]) => string) | undefined;
  readonly #engine: Engine;

  constructor(
    id: string,
    transformer: Transformer,
    { render, engine = "graph" }: Omit<LocalModelOptions, "threads"> = {},
  ) {
    this.id = id;
    this.transformer = transformer;
    this.capabilities = { logprobs: true, prefill: true, rawCompletion: true, schema: !isByWord(transformer) };
    this.#render = render;
    this.#engine = engine;
  }

  /**
   * From a folder, or from the hub by "owner/name", fetched once.
   * @throws PreceptError package-missing, checkpoint-missing or checkpoint-invalid, or as `resolveModelFolder` does.
   */
  static async load(place: string, { threads, ...options }: LocalModelOptions = {}): Promise<LocalModel> {
    requireEngine();
    const folder = await resolveModelFolder(place);
    const transformer = await Transformer.load(folder, { threads });
    return new LocalModel(`local:${place}`, transformer, options);
  }

  async *generate(
    requests: readonly GenerationRequest[],
    options: GenerationOptions,
  ): AsyncGenerator<Generation, void, undefined> {
    const { maxTokens, temperature = 1, topP = 1, stop = [], schema, signal } = options;
    const { tokenizer } = this.transformer;
    const ends = tokenizer.stopTokens ?? [tokenizer.endToken];
    // Where words are tokens, a stop word is a stop token; in other vocabularies white space is part of the tokens.
    const stopTokens = [
      ...ends,
      ...(isByWord(this.transformer) ? stop.flatMap((text) => tokenizer.idOf(text.trim()) ?? []) : []),
    ];
    const calls = requests.map(({ id, seed, prompt, prefill }) => ({
      id,
      seed,
      tokens: this.#encode(prompt, prefill),
      begun: prefill,
    }));
    const promptTokens = new Map(calls.map(({ id, tokens }) => [id, tokens.length]));
    for (const { id, tokens } of calls) {
      if (this.#fits(tokens)) continue;
      const error = `a prompt of ${tokens.length} tokens for a context of ${this.transformer.config.contextLength}`;
      const usage = { promptTokens: tokens.length, completionTokens: 0 };
      yield { id, text: "", finishReason: "error", outcome: "context-overflow", error, usage };
    }
    const engine = this.#engine;
    const isHeld = schema !== undefined && this.capabilities.schema === true;
    const constraint = isHeld ? constraintFor(tokenizer, schema.schema) : undefined;
    const settings = { maxTokens, temperature, topP, stopTokens, engine, signal, constraint };
    const fitting = calls.filter(({ tokens }) => this.#fits(tokens));
    for await (const generated of this.transformer.generate(fitting, settings)) {
      const { id, finishReason } = generated;
      const count = lengthAtStop(generated.tokens, tokenizer, stop);
      const tokens = generated.tokens.slice(0, count);
      const logprobs = generated.logprobs.slice(0, count);
      const isStopped = finishReason === "stop" || count < generated.tokens.length;
      const text = textBefore(
        tokenizer.decode(ends.includes(tokens.at(-1) ?? -1) ? tokens.slice(0, -1) : tokens, {
          skipSpecialTokens: true,
        }),
        stop,
      );
      const usage = { promptTokens: promptTokens.get(id) ?? 0, completionTokens: tokens.length };
      yield {
        id,
        text: text.text,
        finishReason: isStopped || text.isCut ? "stop" : finishReason,
        usage,
        tokens,
        logprobs,
      };
    }
  }

  async *choose(
    requests: readonly ChoiceRequest[],
    options: CallOptions = {},
  ): AsyncGenerator<Choice, void, undefined> {
    const { tokenizer } = this.transformer;
    const questions = requests.map(({ id, prompt, options: texts }) => {
      if (texts.length === 0) throw invalidInput(`Choosing for ${id}`, "no options", "at least one option");
      return { tokens: this.#encode(prompt), options: texts.map((text) => tokenizer.encode(text)) };
    });
    const isWhole = questions.map(({ tokens, options: texts }) => texts.every((text) => this.#fits(tokens, text)));
    const fitting = questions.filter((_, index) => isWhole[index]);
    const logprobs = (await this.transformer.optionLogprobs(fitting, options)).values();
    for (const [index, { id, options: texts }] of requests.entries()) {
      if (isWhole[index] !== true) {
        const usage = { promptTokens: questions[index]?.tokens.length ?? 0, completionTokens: 0 };
        const even = texts.map(() => 1 / texts.length);
        yield { id, probabilities: even, method: "logprobs", outcome: "context-overflow", usage };
        continue;
      }
      const own = logprobs.next().value ?? [];
      const most = Math.max(...own);
      const shares = own.map((logprob) => Math.exp(logprob - most));
      const total = shares.reduce((sum, share) => sum + share, 0);
      const usage = { promptTokens: questions[index]?.tokens.length ?? 0, completionTokens: 0 };
      const mass = own.reduce((sum, logprob) => sum + Math.exp(logprob), 0);
      yield { id, probabilities: shares.map((share) => share / total), method: "logprobs", mass, usage };
    }
  }

  async *score(requests: readonly ScoreRequest[], options: CallOptions = {}): AsyncGenerator<Score, void, undefined> {
    const prompts = requests.map(({ prompt }) => this.#encode(prompt));
    const all = requests.map(({ id, continuation }, index) => {
      const prompt = prompts[index] ?? [];
      return { id, prompt, continuation: this.transformer.tokenizer.encode(continuation) };
    });
    const fitting = all.filter(({ prompt, continuation }) => this.#fits(prompt, continuation));
    const sequences = fitting.map(({ prompt, continuation }) => [...prompt, ...continuation]);
    const from = fitting.map(({ prompt }) => prompt.length);
    const scored = (await this.transformer.logprobs(sequences, { ...options, from })).values();
    for (const { id, prompt, continuation } of all) {
      const promptTokens = prompt.length;
      if (this.#fits(prompt, continuation)) {
        const logprobs = Array.from(scored.next().value?.subarray(promptTokens) ?? []);
        yield { id, logprobs, usage: { promptTokens, completionTokens: logprobs.length } };
      } else yield { id, logprobs: [], outcome: "context-overflow", usage: { promptTokens, completionTokens: 0 } };
    }
  }

  dispose(): Promise<void> {
    return this.transformer.dispose();
  }

  #fits(prompt: readonly number[], continuation: readonly number[] = []): boolean {
    return prompt.length + continuation.length <= this.transformer.config.contextLength;
  }

  #encode(prompt: Prompt, prefill = ""): number[] {
    const { tokenizer } = this.transformer;
    if (typeof prompt === "string" || this.#render !== undefined) {
      const isText = typeof prompt === "string";
      const text = isText ? prompt : (this.#render?.(prompt) ?? "");
      return tokenizer.encode(prefill === "" ? text : `${text} ${prefill}`, { addSpecialTokens: isText });
    }
    if (tokenizer.chat !== undefined) return tokenizer.encode(tokenizer.chat.render(prompt) + prefill);
    throw new PreceptError("input-invalid", {
      attempted: `Prompting ${this.id}`,
      found: "a dialogue",
      expected: "text, since this model has no chat format",
      remedy: "render the dialogue with the run's templates, or give the model a `render` function",
    });
  }
}

/** Whether words are the tokens: such a vocabulary has no signs to write JSON with. */
const isByWord = ({ tokenizer }: Transformer): boolean => tokenizer.files === undefined;

/** How many tokens it took to say the first of the stop strings; all of them when none was said. */
function lengthAtStop(tokens: readonly number[], tokenizer: Tokenizer, stop: readonly string[]): number {
  const isSaid = (count: number): boolean => textBefore(tokenizer.decode(tokens.slice(0, count)), stop).isCut;
  if (!isSaid(tokens.length)) return tokens.length;
  let [unsaid, said] = [0, tokens.length];
  while (said - unsaid > 1) {
    const middle = (unsaid + said) >> 1;
    if (isSaid(middle)) said = middle;
    else unsaid = middle;
  }
  return said;
}

/** The text before the first stop string. */
function textBefore(text: string, stop: readonly string[]): { readonly text: string; readonly isCut: boolean } {
  const end = findStop(text, stop);
  return end === undefined ? { text, isCut: false } : { text: text.slice(0, end).trimEnd(), isCut: true };
}

const invalidInput = (attempted: string, found: string, expected: string): PreceptError =>
  new PreceptError("input-invalid", { attempted, found, expected });
