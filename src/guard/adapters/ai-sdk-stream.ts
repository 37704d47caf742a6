import type { LanguageModelMiddleware } from "ai";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { GuardedText } from "../text-guard.ts";

type WrapStream = NonNullable<LanguageModelMiddleware["wrapStream"]>;
type Streamed = Awaited<ReturnType<WrapStream>>["stream"];
export type StreamPart = Streamed extends ReadableStream<infer Part> ? Part : never;
type Finish = Extract<StreamPart, { type: "finish" }>;

/** What a model took that was not asked. */
export const sdkUsage: Finish["usage"] = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
};

/**
 * The parts of a stream as they may be delivered: texts and reasoning by their ids, calls of tools whole after their verdict.
 * What holds text that no check reads (raw events, files, custom parts) is left out.
 */
export async function* guardParts(guarded: GuardedExchange, stream: Streamed): AsyncGenerator<StreamPart> {
  const open = new Map<string, { readonly text: GuardedText; readonly kind: "text" | "reasoning" }>();
  let hasDelivered = false;
  let usage = sdkUsage;
  const deliver = function* (id: string, pieces: Awaited<ReturnType<GuardedText["push"]>>): Generator<StreamPart> {
    const block = open.get(id);
    if (block === undefined) return;
    for (const piece of pieces) block.text.countDelivered(piece);
    const delta = pieces.map(({ text }) => text).join("");
    if (delta === "") return;
    hasDelivered = true;
    yield { type: `${block.kind}-delta`, id, delta };
  };
  const stop = function* (verdict: Verdict): Generator<StreamPart> {
    const { say = "", continues = false } = verdict;
    for (const [id, { kind, text }] of open) {
      if (continues && text.verdict === verdict) yield { type: `${kind}-delta`, id, delta: say };
      yield { type: `${kind}-end`, id };
    }
    const precept = { action: verdict.action, principle: verdict.principleId ?? null, trace: guarded.traceId };
    if (!continues) {
      if (hasDelivered)
        yield { type: "custom", kind: "precept.retraction", providerMetadata: { precept: { ...precept, from: 0 } } };
      yield { type: "text-start", id: "precept" };
      yield { type: "text-delta", id: "precept", delta: say };
      yield { type: "text-end", id: "precept" };
    }
    const unified = verdict.action === "block" ? "content-filter" : "stop";
    const finishReason = { unified, raw: `precept:${verdict.principleId ?? "unchecked"}` } as const;
    yield { type: "finish", finishReason, usage, providerMetadata: { precept } };
  };
  try {
    for await (const part of stream) {
      switch (part.type) {
        case "text-start":
        case "reasoning-start": {
          const kind = part.type === "text-start" ? "text" : "reasoning";
          open.set(part.id, { kind, text: guarded.open(kind === "text" ? "output" : "reasoning") });
          yield { type: part.type, id: part.id };
          break;
        }
        case "text-delta":
        case "reasoning-delta": {
          const block = open.get(part.id);
          if (block === undefined) break; // a delta without its start belongs to nothing
          yield* deliver(part.id, await block.text.push(part.delta));
          if (block.text.verdict === undefined) break;
          yield* stop(block.text.verdict);
          return;
        }
        case "text-end":
        case "reasoning-end": {
          const block = open.get(part.id);
          if (block === undefined) break;
          const { pieces, verdict } = await block.text.end();
          yield* deliver(part.id, pieces);
          if (verdict.say !== undefined) {
            yield* stop(verdict);
            return;
          }
          guarded.close(block.text, verdict);
          open.delete(part.id);
          yield { type: part.type, id: part.id };
          break;
        }
        case "tool-call": {
          const verdict = await guarded.toolCall({ name: part.toolName, arguments: part.input });
          if (verdict.say !== undefined) {
            yield* stop(verdict);
            return;
          }
          yield { ...part, input: verdict.arguments };
          break;
        }
        case "finish":
          usage = part.usage;
          yield { type: "finish", finishReason: part.finishReason, usage };
          break;
        case "stream-start":
        case "response-metadata":
        case "source":
        case "ping":
        case "error":
          yield part;
          break;
        default:
          break;
      }
    }
  } finally {
    for (const { text } of open.values()) guarded.close(text, text.unfinished);
    await stream.cancel().catch(() => undefined);
  }
}
