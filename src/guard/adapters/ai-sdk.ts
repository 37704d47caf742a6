import type { LanguageModelMiddleware } from "ai";
import { PreceptError } from "../../errors.ts";
import type { Verdict } from "../decide.ts";
import type { Exchange, Turn } from "../exchange.ts";
import type { Guard } from "../guard.ts";
import type { EarlyVerdict, GuardedExchange } from "../guarded-exchange.ts";
import { type OpenGuardOptions, openGuard } from "../open-guard.ts";
import { askAhead, lengthOf } from "./ahead.ts";
import { guardParts, type StreamPart, sdkUsage } from "./ai-sdk-stream.ts";
import { guardText } from "./whole-text.ts";

type WrapGenerate = NonNullable<LanguageModelMiddleware["wrapGenerate"]>;
type Generated = Awaited<ReturnType<WrapGenerate>>;
type Params = Parameters<WrapGenerate>[0]["params"];

export interface GuardMiddlewareOptions extends OpenGuardOptions {
  /** The file of the policy, or a guard that is open. */
  readonly policy: string | Guard;
}

/**
 * The guard as a middleware of the AI SDK: `wrapLanguageModel({ model, middleware: guard({ policy: "guard.yaml" }) })`. What is
 * blocked ends with the finish reason "content-filter" and says why in `providerMetadata.precept`.
 */
export function guard({ policy, ...options }: GuardMiddlewareOptions): LanguageModelMiddleware {
  let opened: Promise<Guard> | undefined;
  const open = (): Promise<Guard> =>
    (opened ??= typeof policy === "string" ? openGuard(policy, options) : Promise.resolve(policy));
  const begun = new WeakMap<Params, Begun>();
  const findBegun = (params: Params): Begun => {
    const known = begun.get(params);
    if (known !== undefined) return known;
    throw new PreceptError("usage", {
      attempted: "Guarding a call of the AI SDK",
      found: "a middleware whose transformParams was not called",
      remedy: "wrapLanguageModel({ model, middleware: guard({ policy }) })",
    });
  };
  return {
    specificationVersion: "v4",
    async transformParams({ params, model }) {
      const guarding = await open();
      const guarded = guarding.begin(exchangeOf(params), {
        upstream: model.modelId,
        conversationId: conversationOf(params),
      });
      const early = await guarded.inputByRules();
      const prompt = early.action === "mask" ? maskPrompt(params.prompt, early.exchange, guarded.hide) : params.prompt;
      if (prompt !== params.prompt && (await guarded.holdsMasked(exchangeOf({ ...params, prompt }))))
        throw cannotMask();
      const stop = new AbortController();
      const abortSignal = AbortSignal.any([stop.signal, ...(params.abortSignal ? [params.abortSignal] : [])]);
      const sent = { ...params, prompt, abortSignal };
      begun.set(sent, { guarded, early, stop: () => stop.abort(), isActing: guarding.isActing });
      return sent;
    },
    async wrapGenerate({ doGenerate, params }) {
      const { guarded, early, stop, isActing } = findBegun(params);
      const refuse = (verdict: Verdict) => ({ ...replaceAnswer(guarded, verdict), usage: sdkUsage, warnings: [] });
      if (early.say !== undefined) return refuse(early);
      const ask = async () => doGenerate();
      const came = (result: Generated | undefined): number => lengthOf(result?.content);
      const { verdict, answer } = await askAhead(early, { ask, stop, drop: () => undefined, came, isActing });
      if (answer === undefined) return refuse(verdict);
      const done = await guardResult(guarded, answer);
      return isActing ? done : answer;
    },
    async wrapStream({ doStream, params }) {
      const { guarded, early, stop, isActing } = findBegun(params);
      const refuse = (verdict: Verdict) => ({ stream: ReadableStream.from(sayParts(guarded, verdict)) });
      if (early.say !== undefined) return refuse(early);
      const isAhead = early.later !== undefined && isActing;
      const ask = async () => {
        const { stream } = await doStream();
        return isAhead ? readAhead(stream) : { stream, read: () => 0 };
      };
      const came = (ahead: Awaited<ReturnType<typeof ask>> | undefined): number => ahead?.read() ?? 0;
      const { verdict, answer } = await askAhead(early, { ask, stop, drop: cancel, came, isActing });
      if (answer === undefined) return refuse(verdict);
      if (isActing) return { stream: ReadableStream.from(guardParts(guarded, answer.stream)) };
      const [delivered, copy] = answer.stream.tee();
      void (async () => {
        for await (const _ of guardParts(guarded, copy));
      })().catch(() => undefined);
      return { stream: delivered };
    },
  };
}

const cancel = ({ stream }: { readonly stream: ReadableStream<unknown> }): void =>
  void stream.cancel().catch(() => undefined);

/** `providerOptions: { precept: { conversation } }` of a call. */
function conversationOf({ providerOptions }: Params): string | undefined {
  const id = providerOptions?.["precept"]?.["conversation"];
  return typeof id === "string" ? id : undefined;
}

/** A call under way. */
interface Begun {
  readonly guarded: GuardedExchange;
  readonly early: EarlyVerdict;
  readonly stop: () => void;
  readonly isActing: boolean;
}

/** Parts that are read of a stream while nobody may have it yet. */
const AHEAD_PARTS = 4096;

/** A stream that is read on by itself, and the characters that came. */
function readAhead(stream: ReadableStream<StreamPart>): {
  stream: ReadableStream<StreamPart>;
  read: () => number;
} {
  let characters = 0;
  const count = new TransformStream<StreamPart, StreamPart>(
    {
      transform(part, controller) {
        if ("delta" in part) characters += part.delta.length;
        controller.enqueue(part);
      },
    },
    undefined,
    new CountQueuingStrategy({ highWaterMark: AHEAD_PARTS }),
  );
  return { stream: stream.pipeThrough(count), read: () => characters };
}

const cannotMask = (): PreceptError =>
  new PreceptError("policy-invalid", {
    attempted: "Masking what a person wrote, inside the AI SDK",
    found: "a span that goes over several parts",
    expected: "each in one part",
  });

/** The parts that pass; what no check reads is left out, and so are copies of the model's text. */
async function guardResult(guarded: GuardedExchange, result: Generated): Promise<Generated> {
  const content: Generated["content"] = [];
  let marked: Verdict | undefined;
  for (const part of result.content) {
    if (part.type === "source") content.push(part);
    if (part.type === "tool-call") {
      const verdict = await guarded.toolCall({ name: part.toolName, arguments: part.input });
      if (verdict.say !== undefined) return { ...result, ...replaceAnswer(guarded, verdict) };
      content.push({ ...part, input: verdict.arguments });
    }
    if (part.type !== "text" && part.type !== "reasoning") continue;
    const { text, verdict } = await guardText(guarded, part.type === "text" ? "output" : "reasoning", part.text);
    if (verdict.say !== undefined) return { ...result, ...replaceAnswer(guarded, verdict) };
    if (verdict.action !== "pass") marked ??= verdict;
    content.push({ ...part, text });
  }
  const { request: _, response: __, structuredOutputText: ___, ...rest } = result;
  const { providerMetadata } = result;
  return { ...rest, content, providerMetadata: { ...providerMetadata, precept: describeVerdict(guarded, marked) } };
}

function replaceAnswer(guarded: GuardedExchange, verdict: Verdict) {
  const { action, principleId, say = "" } = verdict;
  const unified: Generated["finishReason"]["unified"] = action === "block" ? "content-filter" : "stop";
  const content: Generated["content"] = [{ type: "text", text: say }];
  return {
    content,
    finishReason: { unified, raw: `precept:${principleId ?? "unchecked"}` },
    providerMetadata: { precept: describeVerdict(guarded, verdict) },
  };
}

async function* sayParts(guarded: GuardedExchange, verdict: Verdict): AsyncGenerator<StreamPart> {
  const { finishReason, providerMetadata } = replaceAnswer(guarded, verdict);
  yield { type: "stream-start", warnings: [] };
  yield { type: "text-start", id: "precept" };
  yield { type: "text-delta", id: "precept", delta: verdict.say ?? "" };
  yield { type: "text-end", id: "precept" };
  yield { type: "finish", finishReason, providerMetadata, usage: sdkUsage };
}

/** What `providerMetadata.precept` says. */
export function describeVerdict({ traceId: trace }: GuardedExchange, verdict: Verdict | undefined) {
  return { action: verdict?.action ?? "pass", principle: verdict?.principleId ?? null, trace };
}

function exchangeOf({ prompt }: Params): Exchange {
  const unchecked: string[] = [];
  const turns = prompt.map(({ role, content }): Turn => {
    if (typeof content === "string") return { role, text: content };
    const texts = content.map((part) => {
      if (part.type === "text") return part.text;
      if (part.type === "tool-result") return JSON.stringify(part.output);
      if (role === "user") unchecked.push(part.type);
      return "";
    });
    return { role, text: texts.join("") };
  });
  return { turns, unchecked };
}

/** The prompt with what people wrote as it is masked, and `hide` over all else that was said. */
function maskPrompt(prompt: Params["prompt"], { turns }: Exchange, hide: <T>(value: T) => T): Params["prompt"] {
  const masked = prompt.map((message, index): Params["prompt"][number] => {
    if (message.role !== "user") return message;
    const [first] = message.content.filter((part) => part.type === "text");
    if (first === undefined) return message;
    const others = message.content.filter(({ type }) => type !== "text");
    return { ...message, content: [{ ...first, text: turns[index]?.text ?? "" }, ...others] };
  });
  return hide(masked);
}
