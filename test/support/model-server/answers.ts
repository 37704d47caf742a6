import { findStop } from "../../../src/models/index.ts";
import type { ServerSettings } from "./settings.ts";
import { scored, spoken, tokensOf, topAfter } from "./toy-model.ts";

/** What a request of either kind may hold. */
export interface Question {
  readonly model: string;
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly prompt?: string | readonly string[] | undefined;
  readonly max_tokens?: number;
  readonly temperature?: number | undefined;
  readonly stop?: string | readonly string[];
  readonly seed?: number | undefined;
  readonly logprobs?: boolean | number | undefined;
  readonly top_logprobs?: number;
  readonly echo?: boolean;
  readonly n?: number | undefined;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const refused = (message: string, code: string): Answer => ({
  status: 400,
  body: { error: { message, type: "invalid_request_error", code, param: null } },
});

const words = (text: string): number => text.split(/\s+/).filter((word) => word !== "").length;

/** Text that asks for a special answer: "[filter]", "[empty]", "[refuse]", "[invalid]". */
function marked(text: string): string | undefined {
  return /\[(filter|empty|refuse|invalid)\]/.exec(text)?.[1];
}

function tooLong(text: string, { contextLength, isLying }: ServerSettings): Answer | undefined {
  if (isLying || words(text) <= contextLength) return undefined;
  return refused(
    `This model's maximum context length is ${contextLength} tokens. However, your messages resulted in ${words(text)} tokens.`,
    "context_length_exceeded",
  );
}

/** The dialogue as the toy model reads it; a last assistant turn is the beginning of the answer. */
export function rendered(messages: NonNullable<Question["messages"]>): string {
  const last = messages.at(-1);
  const isContinued = last?.role === "assistant";
  const turns = (isContinued ? messages.slice(0, -1) : messages).map(({ role, content }) => `${role}: ${content}`);
  return `${turns.join("\n")}\nassistant:${isContinued ? last.content : ""}`;
}

export function chatAnswer(question: Question, settings: ServerSettings): Answer {
  const { messages = [], max_tokens: most = 256, seed = 0 } = question;
  const text = rendered(messages);
  const overflow = tooLong(text, settings);
  if (overflow !== undefined) return overflow;
  const mark = marked(messages.at(-1)?.content ?? "");
  if (mark === "invalid") return refused("messages: surrogates are not allowed", "invalid_request_error");
  if (question.logprobs === true && !settings.can.logprobs) return refused("logprobs are not supported", "unsupported");
  const isContinued = messages.at(-1)?.role === "assistant";
  if (isContinued && !settings.can.prefill) return refused("The last message must be the user's", "unsupported");
  const promptTokens = settings.isLying ? Math.min(words(text), settings.contextLength) : words(text);
  const choice = (content: string, finish: string, extra: object = {}) => ({
    index: 0,
    message: { role: "assistant", content, ...(mark === "refuse" ? { refusal: "I cannot help with that." } : {}) },
    finish_reason: finish,
    ...extra,
  });
  const body = (choices: readonly unknown[], completionTokens: number) => ({
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1_790_000_000,
    model: question.model,
    choices,
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      total_tokens: promptTokens + completionTokens,
    },
  });
  if (mark === "filter") return { status: 200, body: body([choice("", "content_filter")], 0) };
  if (mark === "empty") return { status: 200, body: body([choice("", "stop")], 0) };
  if (question.logprobs === true) {
    const path = greedy(text, most, question.top_logprobs ?? 1);
    const content = path.map(({ token, top }) => ({
      token,
      logprob: top[0]?.[1] ?? 0,
      top_logprobs: top.map(([other, logprob]) => ({ token: other, logprob })),
    }));
    const said = path.map(({ token }) => token).join("");
    return { status: 200, body: body([choice(said, "length", { logprobs: { content } })], path.length) };
  }
  if (mark === "refuse") return { status: 200, body: body([choice("", "stop")], 6) };
  const said = isCounting(text) ? counted(isContinued) : spoken(text, seed, settings.words);
  const { text: cut, finish, tokens } = limited(said, most, question.stop);
  return { status: 200, body: body([choice(cut, finish)], tokens) };
}

export function completionAnswer(question: Question, settings: ServerSettings): Answer {
  const prompts = typeof question.prompt === "string" ? [question.prompt] : (question.prompt ?? []);
  const { max_tokens: most = 16, seed = 0, logprobs, echo = false } = question;
  if (echo && !settings.can.echo) return refused("echo is not supported", "unsupported");
  const top = typeof logprobs === "number" ? logprobs : undefined;
  if (top !== undefined && !settings.can.logprobs) return refused("logprobs are not supported", "unsupported");
  for (const prompt of prompts) {
    const overflow = tooLong(prompt, settings);
    if (overflow !== undefined) return overflow;
  }
  const choices = prompts.map((prompt, index) => {
    if (top === undefined) {
      const { text, finish } = limited(spoken(prompt, seed, settings.words), most, question.stop);
      return { index, text: ` ${text}`, finish_reason: finish, logprobs: null };
    }
    const path = greedy(prompt, most, Math.max(1, top));
    const said = path.map(({ token }) => token).join("");
    const echoed = echo ? scored(prompt) : { tokens: [], logprobs: [] };
    const tokens = [...echoed.tokens, ...path.map(({ token }) => token)];
    return {
      index,
      text: echo ? prompt + said : said,
      finish_reason: "length",
      logprobs: {
        tokens,
        token_logprobs: [...echoed.logprobs, ...path.map(({ top: alternatives }) => alternatives[0]?.[1] ?? 0)],
        top_logprobs: [
          ...echoed.tokens.map(() => null),
          ...path.map(({ top: alternatives }) => Object.fromEntries(alternatives)),
        ],
        text_offset: offsets(tokens, echo ? 0 : [...prompt].length),
      },
    };
  });
  const promptTokens = prompts.reduce((sum, prompt) => sum + tokensOf(prompt).length, 0);
  const usage = { prompt_tokens: promptTokens, completion_tokens: most, total_tokens: promptTokens + most };
  const body = {
    id: "cmpl-1",
    object: "text_completion",
    created: 1_790_000_000,
    model: question.model,
    choices,
    usage,
  };
  return { status: 200, body };
}

function greedy(text: string, length: number, count: number): { token: string; top: [string, number][] }[] {
  const path: { token: string; top: [string, number][] }[] = [];
  let before = text;
  for (let step = 0; step < length; step++) {
    const top = topAfter(before, count);
    const token = top[0]?.[0] ?? "";
    path.push({ token, top });
    before += token;
  }
  return path;
}

function offsets(tokens: readonly string[], start: number): number[] {
  let at = start;
  return tokens.map((token) => {
    const own = at;
    at += [...token].length;
    return own;
  });
}

const isCounting = (text: string): boolean => text.includes("Count from 1 to 9");
const counted = (isContinued: boolean): string => (isContinued ? " 6 7 8 9" : "1 2 3 4 5 6 7 8 9");

/** The text up to the first stop string and the length limit, in words. */
function limited(text: string, most: number, stop: Question["stop"]) {
  const stops = typeof stop === "string" ? [stop] : (stop ?? []);
  const kept = text.slice(0, findStop(text, stops));
  const parts = kept.split(/(?<=\s)/);
  const isLong = parts.length > most;
  return {
    text: isLong ? parts.slice(0, most).join("") : kept,
    finish: isLong ? "length" : "stop",
    tokens: Math.min(parts.length, most),
  };
}
