import type { Generation, GenerationOptions, Message, Usage } from "../../language-model.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { splitReasoning } from "../../reading/index.ts";
import type { Reply } from "../throughput/pool.ts";
import { finishOf } from "./finish.ts";
import type { SdkCall, SdkModel, SdkModelV4 } from "./sdk-types.ts";
import { SharedPrefix } from "./shared-prefix.ts";

/** An answer as it came, before it is cut at the stop strings. */
export interface RawAnswer {
  readonly text: string;
  /** What a server left of the model's reasoning before it. */
  readonly reasoning?: string | undefined;
  readonly finishReason: Generation["finishReason"];
  readonly isRefusal: boolean;
  /** The provider's own name of the model that answered. */
  readonly served?: string | undefined;
  readonly usage: Usage;
  readonly warnings: readonly string[];
}

/** One turn that is asked for. */
export interface ChatCall {
  readonly messages: readonly Message[];
  readonly prefill: string;
  readonly seed: number;
  readonly options: GenerationOptions;
  /** Stop strings that the provider takes, at most. */
  readonly stopLimit: number;
  /** Send top_p even where it is 1: servers have defaults of their own. */
  readonly isExplicit: boolean;
}

/**
 * Chat completions through the AI SDK, without its retries. For Anthropic, which caches only what is marked, the turns that
 * a dialogue shares with one before it are marked. Rejects with the SDK's errors.
 */
export function sdkChat(model: SdkModel): (call: ChatCall, signal: AbortSignal) => Promise<Reply<RawAnswer>> {
  const prefix = /anthropic/.test(model.provider) ? new SharedPrefix() : undefined;
  return (call, signal) => chat(model, call, prefix?.turns(call.messages) ?? 0, signal);
}

async function chat(
  model: SdkModel,
  call: ChatCall,
  sharedTurns: number,
  signal: AbortSignal,
): Promise<Reply<RawAnswer>> {
  const { maxTokens, temperature = 1, topP = 1, schema } = call.options;
  const stop = (call.options.stop ?? []).filter((text) => text.trim() !== "").slice(0, call.stopLimit);
  const request: SdkCall = omitUndefined({
    prompt: sdkPrompt(call.messages, call.prefill, sharedTurns),
    maxOutputTokens: maxTokens,
    temperature,
    seed: call.seed,
    abortSignal: signal,
    topP: topP < 1 || call.isExplicit ? topP : undefined,
    stopSequences: stop.length === 0 ? undefined : stop,
    responseFormat: schema === undefined ? undefined : { type: "json" as const, ...schema },
  });
  const result = await asCurrent(model).doGenerate(request);
  const text = result.content.map((part) => (part.type === "text" ? part.text : "")).join("");
  const { unified, raw } = finishWords(result.finishReason);
  const isBroken = unified === "error" || unified === "interrupted";
  const finishReason = finishOf(isNoWord(unified) ? raw : isBroken ? `${unified}: ${raw ?? "no reason"}` : unified);
  const usage = usageOf(result.usage);
  return {
    value: {
      ...(call.prefill === "" ? splitReasoning(text) : { text }),
      finishReason,
      isRefusal: raw === "refusal" || (unified === "content-filter" && raw === "stop"),
      served: result.response?.modelId,
      usage,
      warnings: result.warnings.map(warningText),
    },
    headers: result.response?.headers ?? {},
    tokens: usage.promptTokens + usage.completionTokens,
  };
}

/** Versions 2 and 3 of the interface are called the same way; what they answer is read leniently. */
function asCurrent(model: SdkModel): Pick<SdkModelV4, "doGenerate"> {
  return model as unknown as Pick<SdkModelV4, "doGenerate">;
}

/** The SDK's words for a provider's own that it does not know, or that was not said. */
function isNoWord(unified: string): boolean {
  return unified === "other" || unified === "unknown";
}

/** {unified, raw} since version 3, the unified word alone before. */
function finishWords(reason: unknown): { readonly unified: string; readonly raw: string | undefined } {
  if (typeof reason === "string") return { unified: reason, raw: undefined };
  const { unified, raw } = (reason ?? {}) as { readonly unified?: string; readonly raw?: string };
  return { unified: unified ?? "other", raw };
}

/** {inputTokens: {total}} since version 3, plain numbers before. */
function usageOf(usage: unknown): Usage {
  const { inputTokens, outputTokens } = (usage ?? {}) as Readonly<Record<string, unknown>>;
  return { promptTokens: totalOf(inputTokens), completionTokens: totalOf(outputTokens) };
}

function totalOf(count: unknown): number {
  const total = typeof count === "object" && count !== null && "total" in count ? count.total : count;
  return typeof total === "number" ? total : 0;
}

function warningText(warning: unknown): string {
  const { type, feature, setting, details, message } = warning as Readonly<Record<string, string | undefined>>;
  return [type, feature ?? setting, details ?? message].filter((part) => part !== undefined).join(": ");
}

/** Other providers than the one named in a mark leave it alone. */
const cacheMark = { providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } };

function sdkPrompt(messages: readonly Message[], prefill: string, sharedTurns: number): SdkCall["prompt"] {
  const prompt = messages.map(({ role, content }, index): SdkCall["prompt"][number] => {
    const mark = index === sharedTurns - 1 ? cacheMark : {};
    return role === "system"
      ? { role, content, ...mark }
      : { role, content: [{ type: "text", text: content }], ...mark };
  });
  if (prefill !== "") prompt.push({ role: "assistant", content: [{ type: "text", text: prefill }] });
  return prompt;
}
