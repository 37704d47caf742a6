import { z } from "zod";
import type { Verdict } from "../decide.ts";
import type { GuardedExchange } from "../guarded-exchange.ts";
import { describeVerdict } from "./http.ts";
import { pick } from "./openai-whole.ts";
import { guardText } from "./whole-text.ts";

const message = z.looseObject({
  type: z.literal("message"),
  id: z.string().default(""),
  content: z.array(
    z.discriminatedUnion("type", [
      z.looseObject({ type: z.literal("output_text"), text: z.string() }),
      z.looseObject({ type: z.literal("refusal"), refusal: z.string() }),
    ]),
  ),
});
const thought = z.looseObject({ text: z.string() });
const reasoning = z.looseObject({
  type: z.literal("reasoning"),
  id: z.string().default(""),
  summary: z.array(thought).default([]),
  content: z.array(thought).nullish(),
});
/** A call of a tool that the caller runs; those that the provider runs itself have run already, and are not known here. */
export const callItem = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("function_call"), name: z.string(), arguments: z.string().default("") }),
  z.looseObject({ type: z.literal("custom_tool_call"), name: z.string(), input: z.string().default("") }),
]);
export type CallItem = z.infer<typeof callItem>;

/** A whole response as far as it is judged. */
export const responsesAnswer = z.looseObject({ output: z.array(z.union([message, reasoning, callItem])) });
export type ResponsesAnswer = z.infer<typeof responsesAnswer>;

/** What of a response holds no text of the model. */
const KEPT_FIELDS =
  "id object created_at completed_at status error incomplete_details instructions max_output_tokens model parallel_tool_calls previous_response_id reasoning service_tier store temperature text tool_choice tools top_p truncation usage user metadata background".split(
    " ",
  );

/** A response without its output. */
export const headOf = (response: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  pick(response, KEPT_FIELDS);

/** A message of the assistant as it stands in a response. */
export function formatMessage(id: string, content: readonly unknown[], status = "completed"): Record<string, unknown> {
  return { id, type: "message", role: "assistant", status, content };
}

/** A text of the model; sources that it names and its log-probabilities are read by no check. */
export const formatText = (text: string): Record<string, unknown> => {
  return { type: "output_text", text, annotations: [], logprobs: [] };
};

/** How a response ends that was stopped: as providers say that a filter did. */
export function endOf({ action }: Verdict): Record<string, unknown> {
  if (action !== "block") return { status: "completed", incomplete_details: null };
  return { status: "incomplete", incomplete_details: { reason: "content_filter" } };
}

/** A call in the form in which it is judged. */
export const toolCallOf = (call: CallItem): { readonly name: string; readonly arguments: string } => {
  return { name: call.name, arguments: call.type === "function_call" ? call.arguments : call.input };
};

/** The same call with other arguments. */
export function withArguments(call: CallItem, given: string): Record<string, unknown> {
  const own = pick(call, ["id", "type", "status", "call_id", "name", "namespace"]);
  return call.type === "function_call" ? { ...own, arguments: given } : { ...own, input: given };
}

/** The response that may be delivered, and the verdict that weighs most. */
export async function guardResponse(
  guarded: GuardedExchange,
  answer: ResponsesAnswer,
): Promise<{ readonly answer: Record<string, unknown>; readonly verdict: Verdict }> {
  const head = headOf(answer);
  const output: Record<string, unknown>[] = [];
  const verdicts: Verdict[] = [];
  let stopped: Verdict | undefined;
  const read = async (stage: "output" | "reasoning", given: string): Promise<string> => {
    const { text, verdict } = await guardText(guarded, stage, given);
    verdicts.push(verdict);
    if (verdict.say !== undefined) stopped ??= verdict;
    return text;
  };
  const stop = (verdict: Verdict, before: readonly unknown[] = []) => {
    const said = formatMessage(`msg_${guarded.traceId}`, [formatText(verdict.say ?? "")]);
    const precept = describeVerdict(guarded.traceId, verdict);
    return { answer: { ...head, ...endOf(verdict), output: [...before, said], precept }, verdict };
  };
  for (const item of answer.output) {
    if (item.type === "message") {
      const content: unknown[] = [];
      for (const part of item.content) {
        const isText = part.type === "output_text";
        const text = await read("output", isText ? part.text : part.refusal);
        content.push(isText ? formatText(text) : { type: "refusal", refusal: text });
      }
      output.push(formatMessage(item.id, content));
    } else if (item.type === "reasoning") {
      const readAll = async (type: string, parts: readonly { readonly text: string }[]): Promise<unknown[]> => {
        const kept: unknown[] = [];
        for (const { text } of parts) kept.push({ type, text: await read("reasoning", text) });
        return kept;
      };
      const summary = await readAll("summary_text", item.summary);
      const content = item.content ? await readAll("reasoning_text", item.content) : undefined;
      output.push({ ...pick(item, ["id", "type", "status", "encrypted_content"]), summary, content });
    } else {
      const verdict = await guarded.toolCall(toolCallOf(item));
      verdicts.push(verdict);
      if (verdict.say === undefined) output.push(withArguments(item, verdict.arguments));
      continue;
    }
    if (stopped !== undefined) return stop(stopped);
  }
  const refused = verdicts.find(({ say }) => say !== undefined);
  if (refused !== undefined && !output.some(({ type }) => callKinds.has(String(type)))) return stop(refused, output);
  const verdict = refused ?? verdicts.find(({ action }) => action !== "pass");
  const precept = refused && describeVerdict(guarded.traceId, refused);
  return {
    answer: { ...head, output, precept },
    verdict: verdict ?? { action: "pass", findings: [], status: "checked" },
  };
}

const callKinds: ReadonlySet<string> = new Set(["function_call", "custom_tool_call"]);
