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
  const topLogprobs = body.logprobs ?? undefined;
  const sampling = samplingOf(body, adapter);
  const head = { id, object: "text_completion", created, model: body.model ?? model.name };
  const n = body.n ?? 1;
  /** The code points that a choice has said so far, which place its next token. */
  const offsets: number[] = [];

  const choice = (index: number, delta: TextDelta): object => {
    const { text, tokens = [], prompt = [], finishReason } = delta;
    const places = [...prompt, ...tokens];
    const start = offsets[index] ?? 0;
    offsets[index] = start + places.reduce((sum, { piece }) => sum + countPoints(piece), 0);
    return {
      index,
      text: prompt.map(({ piece }) => piece).join("") + text,
      logprobs: topLogprobs === undefined ? null : logprobsOf(places, topLogprobs, start),
      finish_reason: finishReason ?? null,
    };
  };
  const answer = (choices: readonly object[], usage?: Usage): object => ({ ...head, choices, usage });
  return {
    choices: promptsOf(body.prompt).flatMap((prompt, place) => {
      const ids = Array.from({ length: n }, (_, number) => `${place * n + number}`);
      const continuations = model.prepare({ ...sampling, prompt, ids, maxTokens, topLogprobs, echo });
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

/** A token's text; of a part of a character its bytes, as OpenAI writes them. */
const nameOf = ({ token, bytes }: Pick<TokenLogprob, "token" | "bytes">): string =>
  isBroken(token) ? `bytes:${escapeBytes(bytes)}` : token;

/** Of tokens that are written alike, the most probable one: the first. */
const mostProbable = (top: readonly TokenLogprob[]): TokenLogprob[] =>
  top.filter((one, place) => top.findIndex((other) => nameOf(other) === nameOf(one)) === place);

function logprobsOf(places: readonly TextToken[], top: number, start: number): object {
  let offset = start;
  return {
    tokens: places.map(nameOf),
    token_logprobs: places.map(({ logprob }) => (logprob === undefined ? null : clampLogprob(logprob))),
    top_logprobs:
      top === 0
        ? null
        : places.map(({ logprob, top: most = [] }) =>
            logprob === undefined
              ? null
              : Object.fromEntries(mostProbable(most).map((one) => [nameOf(one), clampLogprob(one.logprob)])),
          ),
    text_offset: places.map(({ piece }) => {
      const here = offset;
      offset += countPoints(piece);
      return here;
    }),
  };
}
