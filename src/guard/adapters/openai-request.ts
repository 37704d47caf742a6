import { z } from "zod";
import type { Exchange, Turn } from "../exchange.ts";

const part = z.looseObject({ type: z.string() });
const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(part), z.null()]).optional(),
});

/** A request for a chat completion, as far as a guard reads it; all else goes to the model as it came. */
export const chatBody = z.looseObject({
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  n: z.int().min(1).max(128).nullish(),
});
export type ChatBody = z.infer<typeof chatBody>;
type ChatMessage = ChatBody["messages"][number];

const roles: Readonly<Record<string, Turn["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

/** The conversation of a request. */
export function exchangeOfChat({ messages }: ChatBody): Exchange {
  const unchecked: string[] = [];
  const turns = messages.map(({ role, content }): Turn => {
    const known = roles[role];
    if (known === undefined) unchecked.push(`a turn of the role ${role}`);
    // Who an unknown speaker is cannot be known: it is read as a stranger's.
    return { role: known ?? "user", text: textOfParts(content, unchecked) };
  });
  return { turns, unchecked };
}

function textOfParts(content: ChatMessage["content"], unchecked: string[]): string {
  if (content === undefined || content === null) return "";
  if (typeof content === "string") return content;
  return content
    .map((item) => {
      const text = item["text"] ?? item["refusal"];
      if ((item.type === "text" || item.type === "refusal") && typeof text === "string") return text;
      unchecked.push(item.type);
      return "";
    })
    .join("");
}

/** The request with the texts of another exchange, turn by turn, and `hide` over all else that was said: earlier calls of tools. */
export function withTurns(body: ChatBody, { turns }: Exchange, hide: <T>(value: T) => T): ChatBody {
  const messages = body.messages.map((given, index): ChatMessage => {
    const text = turns[index]?.text ?? "";
    const { content } = given;
    if (textOfParts(content, []) === text || content === undefined || content === null) return given;
    if (typeof content === "string") return { ...given, content: text };
    const others = content.filter(({ type }) => type !== "text");
    const first = content.find(({ type }) => type === "text");
    return { ...given, content: [{ ...first, type: "text", text }, ...others] };
  });
  return { ...body, messages: hide(messages) };
}
