import { type Answer, adapterOf, clampLogprob, escapeBytes, isBroken, samplingOf, type Usage } from "./answers.ts";
import { ApiError, type CompletionRequest } from "./protocol.ts";
import type { ServedModel, ServedPrompt, TextDelta, TextToken, TokenLogprob } from "./served-model.ts";

/** OpenAI's own default. */
const MAX_TOKENS = 16;

/**
 * POST /v1/completions: texts or token ids to continue. With `echo` the answer begins with the prompt, and `logprobs`
 * then tells the prompt's own, which scores given texts (`max_tokens: 0`).
 * @throws ApiError or PreceptError for what cannot be answered.
 */
export function answerCompletion(model: ServedModel, body: CompletionRequest, id: string, created: number): Answer {
  const adapter = adapterOf(model, body.model);
  const echo = body.echo === true;
  const maxTokens = body.max_tokens ?? MAX_TOKENS;
  if (maxTokens === 0 && !echo)
    throw new ApiError(400, "max_tokens: 0 only makes sense with echo", { param: "max_tokens" });
  const { logprobs: wanted, prompt_logprobs: ofPrompt, logprob_token_ids: listed } = body;
  if (listed && typeof wanted !== "number")
    throw new ApiError(400, "logprob_token_ids: needs logprobs", { param: "logprob_token_ids" });
  const isTold = typeof wanted === "number";
  const isPromptTold = typeof ofPrompt === "number";
  const nameOf = body.return_tokens_as_token_ids === true ? nameById : nameByText;
  const sampling = samplingOf(body, adapter);
  const head = { id, object: "text_completion", created, model: body.model ?? model.name };
  const n = body.n ?? 1;
  /** The code points that a choice has said so far, which place its next token. */
  const offsets: number[] = [];

  const choice = (index: number, delta: TextDelta): object => {
    const { text, tokens = [], prompt = [], finishReason } = delta;
    const places = echo ? [...prompt, ...tokens] : tokens;
    const start = offsets[index] ?? 0;
    offsets[index] = start + places.reduce((sum, { piece }) => sum + countPoints(piece), 0);
    return {
      index,
      text: (echo ? prompt.map(({ piece }) => piece).join("") : "") + text,
      logprobs: isTold ? logprobsOf(places, { top: wanted, listed: listed ?? [], start, nameOf }) : null,
      finish_reason: finishReason ?? null,
      ...(body.return_token_ids === true ? { token_ids: delta.ids ?? [] } : {}),
      ...(isPromptTold && prompt.length > 0 ? { prompt_logprobs: promptLogprobs(prompt, ofPrompt) } : {}),
    };
  };
  const answer = (choices: readonly object[], usage?: Usage): object => ({ ...head, choices, usage });
  return {
    choices: promptsOf(body.prompt).flatMap((prompt, place) => {
      const ids = Array.from({ length: n }, (_, number) => `${place * n + number}`);
      const continuations = model.prepare({
        ...{ ...sampling, prompt, ids, maxTokens },
        topLogprobs: isTold || isPromptTold ? Math.max(wanted ?? 0, ofPrompt ?? 0) : undefined,
        listedTokens: listed ?? undefined,
        stopTokens: body.stop_token_ids ?? undefined,
        echo: echo || isPromptTold,
      });
      return continuations.map((run, number) => ({ index: place * n + number, run, isFirst: number === 0 }));
    }),
    isStream: sampling.stream,
    withUsage: body.stream_options?.include_usage === true,
    toResponse: (deltas, usage) =>
      answer(
        deltas.map((delta, index) => choice(index, delta)),
        usage,
      ),
    opening: () => undefined,
    chunk: (index, delta) => answer([choice(index, delta)]),
    usageChunk: (usage) => answer([], usage),
  };
}

function promptsOf(prompt: CompletionRequest["prompt"]): ServedPrompt[] {
  const toPrompt = (one: string | readonly number[]): ServedPrompt =>
    typeof one === "string" ? { kind: "text", text: one } : { kind: "tokens", tokens: one };
  if (typeof prompt === "string") return [toPrompt(prompt)];
  const isIds = (list: typeof prompt): list is number[] => typeof list[0] === "number";
  return isIds(prompt) ? [toPrompt(prompt)] : prompt.map(toPrompt);
}

const countPoints = (text: string): number => [...text].length;

/** How a token is written in an answer. */
type NameOf = (token: Pick<TokenLogprob, "id" | "token" | "bytes">) => string;

/** A token's text; of a part of a character its bytes, as OpenAI writes them. */
const nameByText: NameOf = ({ token, bytes }) => (isBroken(token) ? `bytes:${escapeBytes(bytes)}` : token);
const nameById: NameOf = ({ id }) => `token_id:${id}`;

interface Telling {
  /** Most probable tokens told at every place. */
  readonly top: number;
  readonly listed: readonly number[];
  /** Code points before the first place. */
  readonly start: number;
  readonly nameOf: NameOf;
}

function logprobsOf(places: readonly TextToken[], { top, listed, start, nameOf }: Telling): object {
  let offset = start;
  const tellTop = (most: readonly TokenLogprob[]): object => {
    const told = most.filter(({ id }, rank) => rank < top || listed.includes(id));
    // Of tokens that are written alike, the most probable one stays: the first.
    const apart = told.filter((one, place) => told.findIndex((other) => nameOf(other) === nameOf(one)) === place);
    return Object.fromEntries(apart.map((one) => [nameOf(one), clampLogprob(one.logprob)]));
  };
  return {
    tokens: places.map(nameOf),
    token_logprobs: places.map(({ logprob }) => (logprob === undefined ? null : clampLogprob(logprob))),
    top_logprobs:
      top === 0 && listed.length === 0
        ? null
        : places.map(({ logprob, top: most = [] }) => (logprob === undefined ? null : tellTop(most))),
    text_offset: places.map(({ piece }) => {
      const here = offset;
      offset += countPoints(piece);
      return here;
    }),
  };
}

/** vLLM's: of every token of the prompt its own log-probability and those of the most probable ones, by id; null for the first. */
const promptLogprobs = (prompt: readonly TextToken[], top: number): (object | null)[] =>
  prompt.map((place) => {
    const { logprob, top: most = [] } = place;
    if (logprob === undefined) return null;
    const told = [{ ...place, logprob }, ...most.slice(0, top)];
    return Object.fromEntries(
      told.map((one) => [one.id, { logprob: clampLogprob(one.logprob), decoded_token: one.token }]),
    );
  });
