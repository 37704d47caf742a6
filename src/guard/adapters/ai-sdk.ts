import type { LanguageModelMiddleware } from "ai";
import { PreceptError } from "../../errors.ts";
import type { Verdict } from "../decide.ts";
import type { Exchange, Turn } from "../exchange.ts";
import type { Guard, GuardedExchange } from "../guard.ts";
import { type OpenGuardOptions, openGuard } from "../open-guard.ts";
import { guardParts, type StreamPart, sdkUsage } from "./ai-sdk-stream.ts";

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
  const begin = async (params: Params, upstream: string) => {
    const guarding = await open();
    const guarded = guarding.begin(exchangeOf(params), { upstream });
    const verdict = await guarded.input();
    if (verdict.action === "mask") {
      throw new PreceptError("policy-invalid", {
        attempted: "Masking what a person wrote, inside the AI SDK",
        found: "a rule with action: mask on the stage input",
        expected: "masks of input in the proxy, or of output",
      });
    }
    return { guarding, guarded, verdict };
  };
  return {
    specificationVersion: "v4",
    async wrapGenerate({ doGenerate, params, model }) {
      const { guarding, guarded, verdict } = await begin(params, model.modelId);
      if (verdict.say !== undefined) return { ...replaceAnswer(guarded, verdict), usage: sdkUsage, warnings: [] };
      const result = await doGenerate();
      const done = await guardResult(guarded, result);
      return guarding.isActing ? done : result;
    },
    async wrapStream({ doStream, params, model }) {
      const { guarding, guarded, verdict } = await begin(params, model.modelId);
      if (verdict.say !== undefined) return { stream: ReadableStream.from(sayParts(guarded, verdict)) };
      const { stream } = await doStream();
      if (guarding.isActing) return { stream: ReadableStream.from(guardParts(guarded, stream)) };
      const [delivered, copy] = stream.tee();
      void (async () => {
        for await (const _ of guardParts(guarded, copy));
      })().catch(() => undefined);
      return { stream: delivered };
    },
  };
}

/** The parts that pass; what no check reads is left out, and so are copies of the model's text. */
async function guardResult(guarded: GuardedExchange, result: Generated): Promise<Generated> {
  const content: Generated["content"] = [];
  let marked: Verdict | undefined;
  for (const part of result.content) {
    if (part.type === "source") content.push(part);
    if (part.type === "tool-call") {
      const verdict = await guarded.toolCall({ name: part.toolName, arguments: part.input });
      if (verdict.say !== undefined) return { ...result, ...replaceAnswer(guarded, verdict) };
      content.push(part);
    }
    if (part.type !== "text" && part.type !== "reasoning") continue;
    const text = guarded.open(part.type === "text" ? "output" : "reasoning", true);
    const early = await text.push(part.text);
    const { pieces, verdict } = await text.end();
    const all = verdict.say === undefined ? [...early, ...pieces] : [];
    for (const piece of all) text.countDelivered(piece);
    guarded.close(text, verdict);
    if (verdict.say !== undefined) return { ...result, ...replaceAnswer(guarded, verdict) };
    if (verdict.action !== "pass") marked ??= verdict;
    content.push({ ...part, text: all.map((piece) => piece.text).join("") });
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
