import { z } from "zod";
import type { Exchange, Turn } from "../exchange.ts";

const block = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(block)]);
type Content = z.infer<typeof content>;
/** A request of Anthropic's messages, as far as a guard reads it; all else goes to the model as it came. */
export const messagesBody = z.looseObject({
  system: content.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content })).min(1),
  stream: z.boolean().nullish(),
});
export type MessagesBody = z.infer<typeof messagesBody>;

const isResult = ({ type }: z.infer<typeof block>): boolean => type === "tool_result";

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
    const results = given.filter(isResult);
    for (const result of results) {
      const inside = content.safeParse(result["content"] ?? "");
      if (inside.success) turns.push({ role: "tool", text: textOfBlocks(inside.data, unchecked) });
      else unchecked.push("tool_result");
    }
    const others = given.filter((item) => !isResult(item));
    if (others.length > 0) turns.push({ role: speaker, text: textOfBlocks(others, unchecked) });
  }
  return { turns, unchecked };
}

/** The request with the texts of another exchange, in the order of its turns, and `hide` over all else that was said. */
export function withTurns(body: MessagesBody, { turns }: Exchange, hide: <T>(value: T) => T): MessagesBody {
  let at = body.system === undefined ? 0 : 1;
  const next = (given: Content): Content => withText(given, turns[at++]?.text ?? "");
  const messages = body.messages.map((message) => {
    const { content: given } = message;
    if (typeof given === "string") return { ...message, content: next(given) };
    const masked = given.filter(isResult).map((result) => {
      const inside = content.safeParse(result["content"] ?? "");
      return inside.success ? { ...result, content: next(inside.data) } : result;
    });
    const others = given.filter((item) => !isResult(item));
    const rest = others.length === 0 ? [] : next(others);
    return { ...message, content: typeof rest === "string" ? rest : [...masked, ...rest] };
  });
  return { ...body, system: hide(body.system), messages: hide(messages) };
}

/** Content with another text in the place of its own; what is no text stays, behind it. */
function withText(given: Content, text: string): Content {
  if (typeof given === "string") return text;
  if (textOfBlocks(given, []) === text) return given;
  const first = given.find(({ type }) => type === "text");
  return [{ ...first, type: "text", text }, ...given.filter(({ type }) => type !== "text")];
}

/** Blocks of an assistant's earlier turns that carry no input. */
const earlier = new Set(["tool_use", "thinking", "redacted_thinking"]);

function textOfBlocks(given: Content, unchecked: string[]): string {
  if (typeof given === "string") return given;
  return given
    .map((item) => {
      if (item.type === "text" && typeof item["text"] === "string") return item["text"];
      if (!earlier.has(item.type)) unchecked.push(item.type);
      return "";
    })
    .join("");
}
