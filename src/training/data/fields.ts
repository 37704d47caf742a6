import { basename } from "node:path";
import { z } from "zod";
import type { Prompt } from "../../language-model.ts";
import type { Refuse } from "./forms.ts";
import { spoken, type Turn, toMessages, turns } from "./turns.ts";

export const text = z.string("expected text");
export const prompt = spoken.transform((said): Prompt => (typeof said === "string" ? said : toMessages(said)));
export const id = z.union([z.string(), z.number()]).transform(String).optional();

/** What data sets call that which is asked. */
export const askedFields = {
  prompt: prompt.optional(),
  messages: turns.optional(),
  conversations: turns.optional(),
  question: text.optional(),
  instruction: text.optional(),
  input: text.optional(),
  system: text.optional(),
};
export type Asked = z.output<z.ZodObject<typeof askedFields>>;

/** What is asked: a prompt, a dialogue, Alpaca's instruction with its input; with the system's message where there is one. */
export function promptOf({
  prompt: own,
  messages,
  conversations,
  question,
  instruction,
  input,
  system,
}: Asked): Prompt | undefined {
  const instructed = input === undefined || input === "" ? instruction : `${instruction}\n\n${input}`;
  const dialogue = messages ?? conversations;
  const asked = own ?? (dialogue === undefined ? undefined : toMessages(dialogue)) ?? question ?? instructed;
  return asked === undefined ? undefined : addSystem(asked, system);
}

export function addSystem(asked: Prompt, system: string | undefined): Prompt {
  if (system === undefined || system === "") return asked;
  const turns = typeof asked === "string" ? [{ role: "user" as const, content: asked }] : asked;
  return [{ role: "system", content: system }, ...turns];
}

/** The assistant's one message that an answer is. */
export function toAnswer(said: string | readonly Turn[], key: string, refuse: Refuse): Turn {
  if (typeof said === "string") return { role: "assistant", content: said };
  const [only] = said;
  if (only?.role !== "assistant" || said.length > 1)
    return refuse(key, "expected text, or a list of one message of the assistant");
  return only;
}

/** The id of a row that has none: its file and line. */
export const ownId = (given: string | undefined, where: string): string => given ?? basename(where);
