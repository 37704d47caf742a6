import { z } from "zod";
import type { Message } from "../../language-model.ts";
import { parseDialogue, untilLastHuman } from "./dialogue.ts";

/** Fields that hold a prompt, in the order in which they are looked for. */
export const promptFields = [
  "messages",
  "conversations",
  "prompt",
  "chosen",
  "question",
  "instruction",
  "text",
  "request",
  "goal",
  "Goal",
  "behavior",
  "Behavior",
  "forbidden_prompt",
] as const;

const roles: Readonly<Record<string, Message["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  human: "user",
  Human: "user",
  assistant: "assistant",
  gpt: "assistant",
  model: "assistant",
  Assistant: "assistant",
};

const part = z.union([
  z.string(),
  z.object({ type: z.literal("text"), text: z.string() }).transform(({ text }) => text),
]);
/** Who speaks, by the names that data sets have for it. */
export const roleOf = (name: string): Message["role"] | undefined =>
  Object.hasOwn(roles, name) ? roles[name] : undefined;

/** What a message says: a text, or parts that are texts. */
export const messageContent = z.union([z.string(), z.array(part).transform((parts) => parts.join(""))]);
const turns = z.array(
  z.union([
    z.object({ role: z.string(), content: messageContent }).transform(({ role, content }) => ({ role, content })),
    z.object({ from: z.string(), value: z.string() }).transform(({ from, value }) => ({ role: from, content: value })),
  ]),
);

export type Row = Readonly<Record<string, unknown>>;

/** A prompt read from a row, or what is wrong with the row, for people. */
export type ReadRow = { readonly messages: Message[]; readonly id?: string } | { readonly fault: string };

/**
 * The prompt in one row of a file: a chat (`messages`, ShareGPT's `conversations`), hh-rlhf's dialogues, or a plain text.
 * An answer at the end is left out, every turn before it kept. `field` names the field to read.
 */
export function readRow(row: Row, field?: string): ReadRow {
  const name = field ?? promptFields.find((known) => row[known] !== undefined && row[known] !== null);
  const value = name === undefined ? undefined : row[name];
  if (name === undefined || value === undefined || value === null) {
    const wanted =
      field === undefined ? `none of the fields ${promptFields.slice(0, 7).join(", ")}` : `no field "${field}"`;
    const hint = field === undefined ? " (name another with field)" : "";
    return { fault: `${wanted}; it has ${Object.keys(row).slice(0, 8).join(", ") || "none"}${hint}` };
  }
  const read = typeof value === "string" ? fromText(value, row) : fromTurns(value, name);
  if ("fault" in read) return read;
  const { id } = row;
  return typeof id === "string" || typeof id === "number" ? { ...read, id: String(id) } : read;
}

function fromText(text: string, row: Row): ReadRow {
  const input = typeof row["input"] === "string" ? row["input"].trim() : "";
  const dialogue = parseDialogue(text);
  const messages: Message[] = dialogue ?? [
    { role: "user", content: input === "" ? text.trim() : `${text.trim()}\n\n${input}` },
  ];
  return checkMessages(messages);
}

function fromTurns(value: unknown, field: string): ReadRow {
  const parsed = turns.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `${[field, ...(issue?.path ?? [])].join(".")}: neither a text nor a list of {role, content}` };
  }
  const messages: Message[] = [];
  for (const { role, content } of parsed.data) {
    const known = roleOf(role);
    if (known === undefined) return { fault: `${field}: the role "${role}"; known are system, user, assistant` };
    messages.push({ role: known, content });
  }
  return checkMessages(messages);
}

function checkMessages(all: readonly Message[]): ReadRow {
  const messages = untilLastHuman(all);
  if (messages.length === 0) return { fault: "no turn of the user" };
  if (messages.at(-1)?.content.trim() === "") return { fault: "the last turn of the user is empty" };
  if (messages.slice(1).some(({ role }) => role === "system")) return { fault: "a system turn that is not the first" };
  return { messages };
}
