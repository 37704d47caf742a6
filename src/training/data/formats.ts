import { basename } from "node:path";
import { z } from "zod";
import type { Message, Prompt } from "../../language-model.ts";
import { messageSchema } from "../../records/index.ts";
import type { PreferenceExample, RolloutPrompt, SftExample } from "../trainer.ts";
import { readRows } from "./rows.ts";

const text = z.string("expected text");
const dialogue = z.array(messageSchema).min(1, "expected at least one message");
const prompt = z.union([text, dialogue], "expected text, or a list of messages with role and content");
/** One answer: text, or a dialogue that is the assistant's last turn. */
const answer = z.union(
  [
    text,
    z
      .array(messageSchema)
      .length(1, "expected one message")
      .transform(([message]) => message?.content ?? ""),
  ],
  "expected text, or a list of one message",
);
const share = z.number("expected a number from 0 to 1").min(0).max(1);
const source = z
  .enum(["harmlessness", "helpfulness"], 'expected "harmlessness" or "helpfulness"')
  .default("helpfulness");
const id = z.union([z.string(), z.number()]).transform(String).optional();
const weight = z.number("expected a number").positive("expected a positive number").optional();

/** The assistant's last turn as the completion, all before it as the prompt. */
const messagesRow = z
  .object({ id, weight, messages: dialogue })
  .refine(({ messages }) => messages.at(-1)?.role === "assistant", {
    path: ["messages"],
    message: "expected the assistant's turn last",
  });

/** Rows of one of several forms; which one, its field decides, so that a fault is told of the form that was meant. */
function rowOf<T>(forms: Readonly<Record<string, z.ZodType<T>>>): z.ZodType<T> {
  const names = Object.keys(forms);
  const expected = `expected a row with ${names.map((name) => `"${name}"`).join(" or ")}`;
  return z.record(z.string(), z.unknown(), "expected a JSON object").transform((row, context) => {
    const form = names.find((name) => name in row);
    if (form === undefined) {
      context.addIssue({ code: "custom", message: expected });
      return z.NEVER;
    }
    const parsed = (forms[form] as z.ZodType<T>).safeParse(row);
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) context.addIssue({ code: "custom", path: [...path], message });
    return z.NEVER;
  });
}

type Demonstration = Omit<SftExample, "id"> & { readonly id?: string | undefined };

const sftRow = rowOf<Demonstration>({
  messages: messagesRow.transform(({ messages, ...rest }) =>
    demonstration(messages.slice(0, -1), messages.at(-1)?.content ?? "", rest),
  ),
  prompt: z
    .object({ id, weight, prompt, completion: answer })
    .refine(({ prompt: before, completion }) => before.length + completion.length > 0, {
      path: ["completion"],
      message: "expected text: the prompt is empty too",
    })
    .transform(({ prompt: before, completion, ...rest }) => demonstration(before, completion, rest)),
  text: z.object({ id, weight, text }).transform(({ text: whole, ...rest }) => demonstration("", whole, rest)),
});

function demonstration(
  before: Prompt,
  completion: string,
  { id: own, weight: share }: { readonly id?: string | undefined; readonly weight?: number | undefined },
): Demonstration {
  return { id: own, prompt: before, completion, weight: share };
}

/**
 * Demonstrations in TRL's forms: {"prompt", "completion"}, {"messages"} whose last turn is the assistant's, or {"text"} to learn
 * whole; with "weight" where it is not 1. @throws PreceptError input-invalid with file, line and field.
 */
export function readSftExamples(path: string): Promise<SftExample[]> {
  return readRows(path, sftRow, (row, line) => ({ ...row, id: row.id ?? `${basename(path)}:${line}` }));
}

const responseList = z.tuple([answer, answer], "expected two answers");

const pairRow = rowOf<Omit<PreferenceExample, "id"> & { readonly id?: string | undefined }>({
  chosen: z
    .object({ id, source, prompt: prompt.optional(), label: share.default(1), chosen: prompt, rejected: prompt })
    .transform(({ chosen, rejected, prompt: before, ...rest }, context) => {
      const pair = splitPair(before, chosen, rejected);
      if (typeof pair !== "string") return { ...rest, ...pair };
      context.addIssue({ code: "custom", path: ["prompt"], message: pair });
      return z.NEVER;
    }),
  responses: z.object({ id, source, prompt, label: share, responses: responseList }),
});

/** Prompt and both answers; where no prompt is given, what both dialogues begin with. A text is what is wrong. */
function splitPair(
  before: Prompt | undefined,
  chosen: Prompt,
  rejected: Prompt,
): Pick<PreferenceExample, "prompt" | "responses"> | string {
  if (before !== undefined) {
    const answers = [chosen, rejected].map((one) => (typeof one === "string" ? one : soleAnswer(one)));
    const [first, second] = answers;
    if (first === undefined || second === undefined)
      return "with a prompt, expected chosen and rejected as text or one message each";
    return { prompt: before, responses: [first, second] };
  }
  if (typeof chosen === "string" || typeof rejected === "string")
    return "expected a prompt (only dialogues can be split into prompt and answer)";
  const [first, second] = [chosen.at(-1), rejected.at(-1)] as const;
  const shared = chosen.slice(0, -1);
  const isShared =
    shared.length === rejected.length - 1 && shared.every((message, i) => sameMessage(message, rejected[i]));
  if (!isShared || shared.length === 0 || first === undefined || second === undefined)
    return "expected a prompt, or dialogues that differ in their last turn alone";
  return { prompt: shared, responses: [first.content, second.content] };
}

const soleAnswer = (messages: readonly Message[]): string | undefined =>
  messages.length === 1 ? messages[0]?.content : undefined;

const sameMessage = (a: Message, b: Message | undefined): boolean => a.role === b?.role && a.content === b.content;

/**
 * Comparisons: {"prompt", "chosen", "rejected"} (TRL's; dialogues may carry the prompt themselves) with an optional "label" =
 * P(chosen is better), default 1; or {"prompt", "responses": [a, b], "label"}. "source" picks the loss weight.
 * @throws PreceptError input-invalid with file, line and field.
 */
export function readComparisons(path: string): Promise<PreferenceExample[]> {
  return readRows(path, pairRow, (row, line) => ({ ...row, id: row.id ?? `${basename(path)}:${line}` }));
}

const promptRow = rowOf<{ readonly id?: string | undefined; readonly prompt: Prompt }>({
  prompt: z.object({ id, prompt }),
  messages: z.object({ id, messages: dialogue }).transform(({ id: own, messages }) => ({ id: own, prompt: messages })),
});

/** Prompts to answer: {"prompt"} or {"messages"}. @throws PreceptError input-invalid with file, line and field. */
export function readPrompts(path: string): Promise<RolloutPrompt[]> {
  return readRows(path, promptRow, (row, line) => ({ prompt: row.prompt, id: row.id ?? `${basename(path)}:${line}` }));
}
