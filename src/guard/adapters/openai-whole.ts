import { z } from "zod";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import type { Stage } from "../stage.ts";
import { closedVerdict } from "../text-guard.ts";
import { guardText } from "./whole-text.ts";

const toolCall = z.looseObject({
  id: z.string().optional(),
  type: z.string().optional(),
  function: z.looseObject({ name: z.string().default(""), arguments: z.string().default("") }).optional(),
  custom: z.looseObject({ name: z.string().default(""), input: z.string().default("") }).optional(),
});
export type ChatToolCall = z.infer<typeof toolCall>;
const answerMessage = z.looseObject({
  content: z
    .union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.string().optional() })), z.null()])
    .optional(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
  function_call: z.looseObject({ name: z.string().default(""), arguments: z.string().default("") }).nullish(),
});
/** A whole answer as far as it is judged. */
export const chatAnswer = z.looseObject({
  choices: z.array(
    z.looseObject({ index: z.int().default(0), message: answerMessage, finish_reason: z.string().nullish() }),
  ),
});
export type ChatAnswer = z.infer<typeof chatAnswer>;
type Choice = ChatAnswer["choices"][number];

/** Where the model's words stand in a message of OpenAI's protocol, in the order in which they are judged. */
export const TEXT_FIELDS = {
  reasoning_content: "reasoning",
  reasoning: "reasoning",
  refusal: "output",
  content: "output",
} as const satisfies Readonly<Record<string, Stage>>;
export type TextField = keyof typeof TEXT_FIELDS;
export const TEXT_FIELD_NAMES = Object.keys(TEXT_FIELDS) as TextField[];

/** What of an answer holds no text of the model. */
export const KEPT_FIELDS = ["id", "object", "created", "model", "usage", "system_fingerprint", "service_tier"] as const;

/** The given fields of an object. */
export function pick(object: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}

/** A call in the form in which a guard judges it; undefined for a kind that is not known. */
export function toolCallOf(call: ChatToolCall): { readonly name: string; readonly arguments: string } | undefined {
  if (call.function !== undefined) return { name: call.function.name, arguments: call.function.arguments };
  return call.custom && { name: call.custom.name, arguments: call.custom.input };
}

/** What is said of a call that nobody knows how to read. */
export const uncheckedCall = { ...closedVerdict("This call of a tool cannot be checked."), arguments: "" };

function withArguments(call: ChatToolCall, given: string): Record<string, unknown> {
  const own = pick(call, ["id", "type"]);
  if (call.function !== undefined) return { ...own, function: { ...call.function, arguments: given } };
  return { ...own, custom: { ...call.custom, input: given } };
}

/** The answer that may be delivered, and the verdict that weighs most. What is not judged is left out of it. */
export async function guardWhole(
  exchange: GuardedExchange,
  answer: ChatAnswer,
): Promise<{ readonly answer: Record<string, unknown>; readonly verdict: Verdict }> {
  const verdicts: Verdict[] = [];
  const choices = [];
  for (const choice of answer.choices) choices.push(await guardChoice(exchange, choice, verdicts));
  const verdict = verdicts.find(({ say }) => say !== undefined) ?? verdicts.find(({ action }) => action !== "pass");
  return {
    answer: { ...pick(answer, KEPT_FIELDS), choices },
    verdict: verdict ?? { action: "pass", findings: [], status: "checked" },
  };
}

async function guardChoice(exchange: GuardedExchange, choice: Choice, verdicts: Verdict[]): Promise<unknown> {
  const { message, index } = choice;
  const guarded: Record<string, unknown> = { role: "assistant", content: null, refusal: message.refusal ?? null };
  const stop = (say: string, isRefused: boolean): unknown => ({
    index,
    message: { role: "assistant", content: say, refusal: null },
    logprobs: null,
    finish_reason: isRefused ? "content_filter" : "stop",
  });
  for (const name of TEXT_FIELD_NAMES) {
    const given = message[name];
    const text = Array.isArray(given) ? given.map((part) => part.text ?? "").join("") : given;
    if (text === undefined || text === null || text === "") {
      if (name === "content" && text === "") guarded["content"] = "";
      continue;
    }
    const { text: said, verdict } = await guardText(exchange, TEXT_FIELDS[name], text);
    verdicts.push(verdict);
    if (verdict.say !== undefined) return stop(said, verdict.action === "block");
    guarded[name] = said;
  }
  const calls = await guardCalls(exchange, message.tool_calls ?? [], verdicts);
  const single = message.function_call;
  const singleVerdict = single ? await exchange.toolCall(single) : undefined;
  if (singleVerdict !== undefined) verdicts.push(singleVerdict);
  const isSingleKept = single && singleVerdict?.say === undefined;
  if (calls.length > 0) guarded["tool_calls"] = calls;
  if (isSingleKept) guarded["function_call"] = { name: single.name, arguments: singleVerdict?.arguments };
  const wasCalling = (message.tool_calls ?? []).length > 0 || single;
  const say = verdicts.findLast((verdict) => verdict.say !== undefined)?.say;
  if (wasCalling && calls.length === 0 && !isSingleKept)
    return stop([guarded["content"], say].filter(Boolean).join("\n\n"), true);
  return { index, message: guarded, logprobs: null, finish_reason: choice.finish_reason ?? null };
}

/** The calls that pass; a kind that is not known does not. */
async function guardCalls(
  exchange: GuardedExchange,
  calls: readonly ChatToolCall[],
  verdicts: Verdict[],
): Promise<unknown[]> {
  const kept: unknown[] = [];
  for (const call of calls) {
    const known = toolCallOf(call);
    const verdict = known === undefined ? uncheckedCall : await exchange.toolCall(known);
    verdicts.push(verdict);
    if (verdict.say === undefined) kept.push(withArguments(call, verdict.arguments));
  }
  return kept;
}
