import type {
  CallOptions,
  Capabilities,
  Choice,
  ChoiceRequest,
  Generation,
  GenerationOptions,
  GenerationRequest,
  Prompt,
  Requests,
  Score,
  ScoreRequest,
} from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { type Memory, recall, type Stored } from "../cache/recall.ts";
import type { ResponseCache } from "../cache/response-cache.ts";
import type { ModelReport, OpenModel } from "../open-model.ts";
import { findStop } from "../stop-strings.ts";
import { answerInParallel } from "../throughput/stream.ts";
import { type Asker, type AskKind, catchFault, noUsage, outcomeOf } from "./asker.ts";
import type { RawAnswer } from "./chat.ts";
import { Chooser } from "./choices.ts";
import { reachesBeyond } from "./option-scores.ts";

/** A model behind one or more endpoints. Everything that it is asked goes through one pool, one cache and one tracer. */
export class HostedModel implements OpenModel {
  readonly id: string;
  readonly capabilities: Capabilities;
  readonly report: ModelReport;
  readonly #asker: Asker;
  readonly #chooser: Chooser;
  readonly #memory: Memory | undefined;

  constructor(asker: Asker, cache: ResponseCache | undefined) {
    const { report } = asker.settings;
    this.id = report.id;
    this.capabilities = report.capabilities;
    this.report = report;
    this.#asker = asker;
    this.#chooser = new Chooser(asker);
    this.#memory = cache && { cache, model: this.id, identity: asker.settings.identity };
  }

  generate(requests: Requests<GenerationRequest>, options: GenerationOptions): AsyncGenerator<Generation> {
    const { maxTokens, temperature = 1, topP = 1, stop = [], schema } = options;
    return this.#stream(requests, options, async (request, signal) => {
      const { id, prompt, prefill = "", seed } = request;
      const asked = { kind: "generate", prompt, prefill, seed, maxTokens, temperature, topP, stop };
      const question = schema === undefined ? asked : { ...asked, schema };
      const answer = await this.#recall<Generation>(id, question, () => this.#generateOne(request, options, signal));
      if (answer.isCached === true) this.#asker.watch(id, prompt, answer.usage);
      return answer;
    });
  }

  choose(requests: Requests<ChoiceRequest>, options: CallOptions = {}): AsyncGenerator<Choice> {
    return this.#stream(requests, options, async (request, signal) => {
      const { id, prompt, options: texts, seed } = request;
      if (texts.length === 0) throw this.#asker.inputError(`a choice without options (${id})`, "at least one option");
      const method = this.#chooser.method(prompt);
      const votes = method === "votes" ? { votes: this.#asker.settings.votes, seed } : {};
      const question = { kind: "choose", method, prompt, options: texts, ...votes };
      return this.#recall<Choice>(id, question, () => this.#chooser.choose(request, method, signal));
    });
  }

  /** @throws PreceptError input-invalid where the endpoint gives no log-probabilities of given texts. */
  score(requests: Requests<ScoreRequest>, options: CallOptions = {}): AsyncGenerator<Score> {
    return this.#stream(requests, options, async ({ id, prompt, continuation }, signal) => {
      if (typeof prompt !== "string" || !this.#asker.settings.abilities.echo) {
        throw this.#asker.inputError(
          "a text to score",
          "an endpoint that echoes log-probabilities of raw text (vLLM, precept serve)",
        );
      }
      const question = { kind: "score", prompt, continuation };
      return this.#recall<Score>(id, question, async () => {
        if (this.#asker.settings.abilities.tokenIds) return this.#asker.scoreByIds(id, prompt, continuation, signal);
        const { texts, usage } = await this.#asker.echo("score", id, [prompt + continuation], signal);
        const [{ logprobs, offsets } = { logprobs: [], offsets: [] }] = texts;
        const promptLength = [...prompt].length;
        const end = promptLength + [...continuation].length;
        const isInside = (index: number): boolean =>
          reachesBeyond(promptLength, offsets, index) && (offsets[index] ?? 0) < end;
        return {
          logprobs: logprobs.flatMap((value, index) => (isInside(index) ? [value ?? 0] : [])),
          usage,
        };
      });
    });
  }

  async dispose(): Promise<void> {
    this.#memory?.cache.flush();
  }

  #stream<Q extends { readonly id: string; readonly prompt: Prompt }, A>(
    requests: Requests<Q>,
    { signal }: CallOptions,
    answer: (request: Q, signal: AbortSignal) => Promise<A>,
  ): AsyncGenerator<A> {
    return answerInParallel(
      requests,
      { width: this.#asker.width, window: this.#asker.settings.window, signal },
      answer,
    );
  }

  /** What the cache answers is told as a call that cost nothing. */
  async #recall<T extends Generation | Choice | Score>(
    id: string,
    question: Readonly<Record<string, unknown>> & { readonly kind: string },
    ask: () => Promise<Stored<T>>,
  ): Promise<T> {
    const answer = await recall<T>(this.#memory, id, question, ask);
    if (answer.isCached === true) {
      const kind = question.kind as AskKind;
      const { usage } = answer;
      this.#asker.settings.onEvent({ type: "call", kind, usage, latencyMs: 0, attempts: 0, isCached: true });
    }
    return answer;
  }

  async #generateOne(
    request: GenerationRequest,
    options: GenerationOptions,
    signal: AbortSignal,
  ): Promise<Stored<Generation>> {
    const answer = await catchFault(this.#asker.sample("generate", request, options, signal));
    if ("outcome" in answer) {
      const isFilter = answer.outcome === "content-filter";
      const finishReason = isFilter ? ("content-filter" as const) : ("error" as const);
      return omitUndefined({
        text: "",
        finishReason,
        usage: noUsage,
        outcome: answer.outcome,
        error: isFilter ? undefined : answer.reason,
      });
    }
    const { text, isCut } = this.#cut(answer, request.prefill ?? "", options.stop ?? []);
    const finishReason = isCut ? "stop" : answer.finishReason;
    const outcome = outcomeOf(text, answer);
    const { usage, reasoning } = answer;
    return omitUndefined({
      text,
      finishReason,
      usage,
      reasoning,
      outcome: outcome === "answered" ? undefined : outcome,
    });
  }

  /** The text up to the first stop string, without a repeated prefill. */
  #cut(
    { text }: RawAnswer,
    prefill: string,
    stop: readonly string[],
  ): { readonly text: string; readonly isCut: boolean } {
    const own =
      this.#asker.settings.repeatsPrefill && prefill !== "" && text.startsWith(prefill)
        ? text.slice(prefill.length)
        : text;
    const end = findStop(own, stop);
    return { text: own.slice(0, end), isCut: end !== undefined };
  }
}
