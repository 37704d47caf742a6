import type { Choice, ChoiceRequest, Outcome, Prompt, Usage } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { findNamedOption, isRefusal } from "../../reading/index.ts";
import { rng } from "../../rng.ts";
import type { Attempt } from "../throughput/pool.ts";
import { type Asker, catchFault, noUsage, outcomeOf } from "./asker.ts";
import type { RawAnswer } from "./chat.ts";
import { addPrefill, addUsage, type Reading, readOptions } from "./choosing.ts";
import type { HostedEndpoint } from "./endpoint.ts";
import type { NextTokens } from "./openai-shapes.ts";
import { massesFromEcho } from "./option-scores.ts";
import { massesFromForks, pathsOf } from "./token-paths.ts";
import { findMostFrequent, smoothVotes } from "./votes.ts";

/** Below this the options are not what the model was about to say, and votes are counted instead. */
const LEAST_MASS = 0.1;
/** Places where options part, a call each: beyond, whole options are read instead. */
const MOST_FORKS = 24;
/** Room for "The better response is (A)." */
const VOTE_TOKENS = 64;

/** How options get their probabilities. */
export type ChoiceMethod = "token-ids" | "echo" | "next-tokens" | "votes";
type Chosen = Omit<Choice, "id">;

/** How one model's choices become probabilities: named tokens, the echo of whole options, a walk over next tokens, or votes. */
export class Chooser {
  readonly #asker: Asker;

  constructor(asker: Asker) {
    this.#asker = asker;
  }

  /** The best that the endpoint allows for a prompt. @throws PreceptError input-invalid for raw text where it takes none. */
  method(prompt: Prompt): ChoiceMethod {
    const { abilities } = this.#asker.settings;
    if (typeof prompt !== "string") return abilities.chatTop > 0 ? "next-tokens" : "votes";
    if (!abilities.rawCompletion) throw this.#asker.rawTextError();
    return abilities.tokenIds ? "token-ids" : this.#withoutIds();
  }

  /** Of raw text, where tokens are not told by their ids. */
  #withoutIds(): ChoiceMethod {
    const { echo, rawTop } = this.#asker.settings.abilities;
    return echo ? "echo" : rawTop > 0 ? "next-tokens" : "votes";
  }

  async choose(request: ChoiceRequest, method: ChoiceMethod, signal: AbortSignal): Promise<Chosen> {
    if (method === "votes") return this.#countVotes(request, noUsage, signal);
    const reading = await catchFault(
      method === "token-ids"
        ? this.#readTokenIds(request, signal)
        : method === "echo"
          ? this.#readEcho(request, signal)
          : this.#readNextTokens(request, signal),
    );
    if (reading === undefined) return this.choose(request, this.#withoutIds(), signal);
    if ("outcome" in reading) return evenChoice(request, "logprobs", reading.outcome, noUsage, reading.reason);
    const mass = reading.masses.reduce((sum, value) => sum + value, 0);
    const isDialogue = typeof request.prompt !== "string";
    if (isDialogue && reading.finishReason === "content-filter")
      return evenChoice(request, "logprobs", "content-filter", reading.usage);
    if (isDialogue && reading.isRefusal) return evenChoice(request, "logprobs", "refusal", reading.usage);
    if (isDialogue && mass < LEAST_MASS) return this.#countVotes(request, reading.usage, signal);
    if (!(mass > 0)) return evenChoice(request, "logprobs", "unparsable", reading.usage);
    return {
      probabilities: reading.masses.map((value) => value / mass),
      method: "logprobs",
      mass,
      usage: reading.usage,
    };
  }

  /**
   * Every place where the options part, asked by itself: no part of the prompt is computed twice where the server keeps it, and nothing is
   * asked of the prompt's own tokens, which keeps it from being kept. Undefined where that would be too many calls.
   */
  async #readTokenIds({ id, prompt, options }: ChoiceRequest, signal: AbortSignal): Promise<Reading | undefined> {
    const text = prompt as string;
    const attempt: Attempt<HostedEndpoint, { masses: readonly number[] | undefined; usage: Usage }> = async (
      endpoint,
      inner,
    ) => {
      const http = this.#asker.http(endpoint);
      const texts = [text, ...options.map((option) => text + option)];
      const [own = [], ...wholes] = await Promise.all(texts.map((one) => http.tokenize(one, inner)));
      const paths = pathsOf(own, wholes);
      if (paths.shared.length === 0 || paths.forks.length > MOST_FORKS)
        return { value: { masses: undefined, usage: noUsage }, headers: {}, tokens: 0 };
      const asked = await Promise.all(
        paths.forks.map(({ path, tokens }) => http.nextAmong([...paths.shared, ...path], tokens, inner)),
      );
      const logprobs = asked.map(({ value }) => value.logprobs);
      const usage = asked.map(({ value }) => value.usage).reduce(addUsage, noUsage);
      const headers = asked.at(-1)?.headers ?? {};
      return { value: { masses: massesFromForks(paths, logprobs), usage }, headers, tokens: usage.promptTokens };
    };
    const asking = { kind: "choose", requestId: id, operation: "text_completion" } as const;
    const { masses, usage } = (await this.#asker.ask(asking, attempt, signal)).value;
    return masses && { masses, usage, text: "", finishReason: "stop", isRefusal: false };
  }

  async #readEcho({ id, prompt, options }: ChoiceRequest, signal: AbortSignal): Promise<Reading> {
    const text = prompt as string;
    const echoed = await this.#asker.echo(
      "choose",
      id,
      options.map((option) => text + option),
      signal,
    );
    const masses = massesFromEcho(text, options, echoed.texts);
    return { masses, usage: echoed.usage, text: "", finishReason: "stop", isRefusal: false };
  }

  #readNextTokens({ id, prompt, options }: ChoiceRequest, signal: AbortSignal): Promise<Reading> {
    const asker = this.#asker;
    const { rawTop, chatTop, prefill } = asker.settings.abilities;
    const isRaw = typeof prompt === "string";
    const operation = isRaw ? "text_completion" : "chat";
    const ask = async (said: string, length: number): Promise<NextTokens> => {
      const attempt: Attempt<HostedEndpoint, NextTokens> = isRaw
        ? (endpoint, inner) => asker.http(endpoint).nextAfterText(prompt + said, length, rawTop, inner)
        : (endpoint, inner) => asker.http(endpoint).nextAfterDialogue(addPrefill(prompt, said), length, chatTop, inner);
      const { value } = await asker.ask({ kind: "choose", requestId: id, operation, length }, attempt, signal);
      if (said === "") asker.watch(id, prompt, value.usage);
      return value;
    };
    const texts = isRaw ? options : options.map((option) => option.trim());
    return readOptions(ask, texts, { canContinue: isRaw || prefill, isTurnStart: !isRaw });
  }

  /** Sampled answers counted. Refusals and the like are no votes; without a single vote there is no judgement. */
  async #countVotes({ id, prompt, options, seed }: ChoiceRequest, spent: Usage, signal: AbortSignal): Promise<Chosen> {
    const sampling = { maxTokens: VOTE_TOKENS, temperature: 1 };
    const sampled = await Promise.all(
      Array.from({ length: this.#asker.settings.votes }, (_, vote) =>
        catchFault(
          this.#asker.sample(
            "choose",
            { id, prompt, seed: rng(seed, "vote", vote).integer(2 ** 31) },
            sampling,
            signal,
          ),
        ),
      ),
    );
    const counts = new Array<number>(options.length).fill(0);
    const outcomes: Outcome[] = [];
    let usage = spent;
    let reason: string | undefined;
    for (const answer of sampled) {
      if ("outcome" in answer) {
        outcomes.push(answer.outcome);
        reason = answer.reason;
        continue;
      }
      usage = addUsage(usage, answer.usage);
      const option = findNamedOption(answer.text, options);
      if (option !== undefined) counts[option] = (counts[option] ?? 0) + 1;
      else outcomes.push(outcomeWithoutVote(answer));
    }
    const votes = counts.reduce((sum, count) => sum + count, 0);
    if (votes === 0) return evenChoice({ options }, "votes", findMostFrequent(outcomes), usage, reason);
    return { probabilities: smoothVotes(counts), method: "votes", votes, usage };
  }
}

function evenChoice(
  { options }: Pick<ChoiceRequest, "options">,
  method: Choice["method"],
  outcome: Outcome,
  usage: Usage,
  reason?: string,
): Chosen {
  return omitUndefined({
    probabilities: options.map(() => 1 / options.length),
    method,
    votes: method === "votes" ? 0 : undefined,
    outcome,
    error: outcome === "content-filter" ? undefined : reason,
    usage,
  });
}

/** Why an answer that names no option names none. */
function outcomeWithoutVote(answer: RawAnswer): Outcome {
  const outcome = outcomeOf(answer.text, answer);
  if (outcome !== "answered") return outcome;
  return isRefusal(answer.text) ? "refusal" : "unparsable";
}
