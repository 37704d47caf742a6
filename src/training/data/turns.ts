import { z } from "zod";
import type { Message } from "../../language-model.ts";
import { messageContent, roleOf } from "../../records/index.ts";
import { refuseUnknownKeys } from "./columns.ts";

/** A message and how much it is learned; undefined where the row does not say. */
export interface Turn extends Message {
  readonly weight?: number | undefined;
}

const keys = ["role", "content", "from", "value", "weight", "train", "training"];

/** One message: OpenAI's {role, content, weight}, ShareGPT's {from, value}, axolotl's with "train" or "training". */
export const turn = z
  .record(z.string(), z.unknown(), "expected a message with role and content")
  .transform((row, context): Turn => {
    refuseUnknownKeys(row, keys, context);
    const refuse = (key: string, message: string): never => {
      context.addIssue({ code: "custom", path: [key], message });
      return z.NEVER;
    };
    const named = row["role"] ?? row["from"];
    const role = typeof named === "string" ? roleOf(named) : undefined;
    if (role === undefined) return refuse("role", `expected system, user or assistant, found ${JSON.stringify(named)}`);
    const content = messageContent.safeParse(row["content"] ?? row["value"]);
    if (!content.success) return refuse("content", "expected text");
    const weight = weightOf(row);
    if (weight !== undefined && !(weight >= 0)) return refuse("weight", "expected a number, 0 or more");
    return { role, content: content.data, weight };
  });

function weightOf({ weight, train, training }: Readonly<Record<string, unknown>>): number | undefined {
  const isTrained = train ?? training ?? undefined;
  if (isTrained !== undefined) return isTrained === true ? 1 : isTrained === false ? 0 : Number.NaN;
  return weight === undefined || weight === null ? undefined : typeof weight === "number" ? weight : Number.NaN;
}

/** A dialogue. */
export const turns = z
  .array(turn, "expected a list of messages with role and content")
  .min(1, "expected at least one message");

/** A text, a dialogue, or one message alone. */
export const spoken = z.unknown().transform((value, context): string | readonly Turn[] => {
  if (typeof value === "string") return value;
  const parsed = turns.safeParse(
    typeof value === "object" && !Array.isArray(value) && value !== null ? [value] : value,
  );
  if (parsed.success) return parsed.data;
  const whole = "expected text, or a list of messages with role and content";
  for (const { path, message } of parsed.error.issues)
    context.addIssue({ code: "custom", path: [...path], message: path.length === 0 ? whole : message });
  return z.NEVER;
});

export const toMessages = (list: readonly Turn[]): Message[] => list.map(({ role, content }) => ({ role, content }));
