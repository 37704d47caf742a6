import type { SampledToken } from "../transformer/decode/index.ts";
import { type Answer, adapterOf, finite, samplingOf, tokenText, type Usage } from "./answers.ts";
import { ApiError, type CompletionRequest } from "./protocol.ts";
import type { TextDelta, TextModel } from "./text-model.ts";
import { Detokenizer } from "./text-stream.ts";

/** OpenAI's own default. */
const MAX_TOKENS = 16;

/** A token with the text that it adds; the first of a prompt has no log-probability. */
interface Place {
  readonly piece: string;
  readonly sampled: SampledToken | undefined;
}

/**
 * POST /v1/completions: texts or token ids to continue. With `echo` the answer begins with the prompt, and `logprobs`
 * then tells the prompt's own, which scores given texts (`max_tokens: 0`).
 * @throws ApiError or PreceptError for what cannot be answered.
 */
export function completionAnswer(model: TextModel, body: CompletionRequest, id: string, created: number): Answer {
  const adapter = adapterOf(model, body.model);
  const prompts = promptsOf(body.prompt).map((prompt) =>
    typeof prompt === "string" ? model.encodeText(prompt) : prompt,
  );
  const isEcho = body.echo === true;
  const maxTokens = body.max_tokens ?? MAX_TOKENS;
  if (maxTokens === 0 && !isEcho)
    throw new ApiError(400, "max_tokens: 0 only makes sense with echo", { param: "max_tokens" });
  const isReported = typeof body.logprobs === "number";
  const topLogprobs = body.logprobs ?? 0;
  const sampling = samplingOf(body, adapter);
  const head = { id, object: "text_completion", created, model: body.model ?? model.name };
  const n = body.n ?? 1;
  const pieces = prompts.map((tokens) => (isEcho ? piecesOf(model, tokens) : []));
  const echoed = (index: number): string[] => pieces[Math.floor(index / n)] ?? [];
  /** The characters that a choice has said so far, which place its next token. */
  const offsets: number[] = [];

  const choice = (index: number, delta: TextDelta, isFirst: boolean): object => {
    const { text, tokens, prompt = [], finishReason } = delta;
    const before = isEcho && isFirst ? echoed(index) : [];
    const places: Place[] = [
      ...before.map((piece, place) => ({ piece, sampled: place === 0 ? undefined : prompt[place - 1] })),
      ...tokens.map((token) => ({ piece: token.piece, sampled: token })),
    ];
    const start = offsets[index] ?? 0;
    offsets[index] = start + places.reduce((sum, { piece }) => sum + piece.length, 0);
    const tokenIds = [
      ...(before.length > 0 ? (prompts[Math.floor(index / n)] ?? []) : []),
      ...tokens.map(({ token }) => token),
    ];
    return {
      index,
      text: before.join("") + text,
      logprobs: isReported ? logprobsOf(model, places, tokenIds, topLogprobs, start) : null,
      finish_reason: finishReason ?? null,
    };
  };
  const started = new Set<number>();
  const answer = (choices: readonly object[], usage?: Usage): object => ({
    ...head,
    choices,
    usage,
  });
  return {
    choices: prompts.flatMap((tokens, place) =>
      Array.from({ length: n }, (_, number) => ({
        index: place * n + number,
        request: {
          ...sampling,
          id: `${place * n + number}`,
          tokens,
          maxTokens,
          topLogprobs: isReported ? topLogprobs : 0,
          echo: isEcho && isReported,
        },
      })),
    ),
    promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
    isStream: sampling.stream,
    withUsage: body.stream_options?.include_usage === true,
    whole: (deltas, usage) =>
      answer(
        deltas.map((delta, index) => choice(index, delta, true)),
        usage,
      ),
    opening: () => undefined,
    chunk(index, delta) {
      const isFirst = !started.has(index);
      started.add(index);
      return answer([choice(index, delta, isFirst)]);
    },
    usageChunk: (usage) => answer([], usage),
  };
}

function promptsOf(prompt: CompletionRequest["prompt"]): readonly (string | readonly number[])[] {
  if (typeof prompt === "string") return [prompt];
  const isIds = (list: typeof prompt): list is number[] => typeof list[0] === "number";
  return isIds(prompt) ? [prompt] : prompt;
}

function piecesOf({ tokenizer }: TextModel, tokens: readonly number[]): string[] {
  const detokenizer = new Detokenizer(tokenizer);
  const pieces = tokens.map((token) => detokenizer.push(token));
  const last = pieces.length - 1;
  pieces[last] += detokenizer.end();
  return pieces;
}

function logprobsOf(
  { tokenizer }: TextModel,
  places: readonly Place[],
  tokenIds: readonly number[],
  top: number,
  start: number,
): object {
  let offset = start;
  return {
    tokens: tokenIds.map((token) => tokenText(tokenizer, token).token),
    token_logprobs: places.map(({ sampled }) => (sampled === undefined ? null : finite(sampled.logprob))),
    top_logprobs:
      top === 0
        ? null
        : places.map(({ sampled }) =>
            sampled === undefined
              ? null
              : Object.fromEntries(
                  (sampled.top ?? []).map((one) => [tokenText(tokenizer, one.token).token, finite(one.logprob)]),
                ),
          ),
    text_offset: places.map(({ piece }) => {
      const here = offset;
      offset += piece.length;
      return here;
    }),
  };
}
