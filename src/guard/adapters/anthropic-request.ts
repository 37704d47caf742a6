import { z } from "zod";
import type { Exchange, Turn } from "../exchange.ts";

const block = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(block)]);
/** A request of Anthropic's messages, as far as a guard reads it; all else goes to the model as it came. */
export const messagesBody = z.looseObject({
  system: content.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content })).min(1),
  stream: z.boolean().nullish(),
});
export type MessagesBody = z.infer<typeof messagesBody>;

/** The conversation of a request: results of tools are turns of their own, wherever they stand. */
export function exchangeOfMessages({ system, messages }: MessagesBody): Exchange {
  const unchecked: string[] = [];
  const turns: Turn[] = [];
  if (system !== undefined) turns.push({ role: "system", text: textOfBlocks(system, unchecked) });
  for (const { role, content: given } of messages) {
    const speaker = role === "assistant" ? "assistant" : "user";
    if (typeof given === "string") {
      turns.push({ role: speaker, text: given });
      continue;
    }
    const results = given.filter(({ type }) => type === "tool_result");
    for (const result of results) {
      const inside = content.safeParse(result["content"] ?? "");
      if (inside.success) turns.push({ role: "tool", text: textOfBlocks(inside.data, unchecked) });
      else unchecked.push("tool_result");
    }
    const others = given.filter(({ type }) => type !== "tool_result");
    if (others.length > 0) turns.push({ role: speaker, text: textOfBlocks(others, unchecked) });
  }
  return { turns, unchecked };
}

/** Blocks of an assistant's earlier turns that carry no input. */
const earlier = new Set(["tool_use", "thinking", "redacted_thinking"]);

function textOfBlocks(given: z.infer<typeof content>, unchecked: string[]): string {
  if (typeof given === "string") return given;
  return given
    .map((item) => {
      if (item.type === "text" && typeof item["text"] === "string") return item["text"];
      if (!earlier.has(item.type)) unchecked.push(item.type);
      return "";
    })
    .join("");
}
