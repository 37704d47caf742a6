import { z } from "zod";
import type { Exchange, Turn } from "../exchange.ts";

const part = z.looseObject({ type: z.string() });
const content = z.union([z.string(), z.array(part)]);
type Content = z.infer<typeof content>;
const item = z.looseObject({ type: z.string().default("message"), role: z.string().optional() });
type Item = z.infer<typeof item>;

/** A request of OpenAI's responses, as far as a guard reads it; all else goes to the model as it came. */
export const responsesBody = z.looseObject({
  input: z.union([z.string(), z.array(item).min(1)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
});
export type ResponsesBody = z.infer<typeof responsesBody>;

/** What brings texts into a conversation that stand on the server alone, or lets the answer be fetched elsewhere. */
const elsewhere = ["previous_response_id", "conversation", "prompt", "background"];
const roles: Readonly<Record<string, Turn["role"]>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};
/** What the model itself said or thought earlier, beside its messages. */
const earlier = new Set(["function_call", "custom_tool_call", "reasoning"]);
const results = new Set(["function_call_output", "custom_tool_call_output"]);
const texts = new Set(["input_text", "output_text", "text", "refusal"]);

/** The conversation of a request; each item is one turn, and instructions are one before them. */
export function exchangeOfResponses(body: ResponsesBody): Exchange {
  const unchecked = elsewhere.filter((name) => ![undefined, null, false].includes(body[name] as null | undefined));
  const turns: Turn[] = body.instructions ? [{ role: "system", text: body.instructions }] : [];
  if (typeof body.input === "string") turns.push({ role: "user", text: body.input });
  else turns.push(...body.input.map((given) => turnOf(given, unchecked)));
  return { turns, unchecked };
}

function turnOf(given: Item, unchecked: string[]): Turn {
  const { type, role = "" } = given;
  if (type === "message") {
    const known = roles[role];
    if (known === undefined) unchecked.push(`a turn of the role ${role}`);
    return { role: known ?? "user", text: textOfContent(given["content"], unchecked) };
  }
  if (results.has(type)) return { role: "tool", text: textOfContent(given["output"], unchecked) };
  if (!earlier.has(type)) unchecked.push(type);
  return { role: "assistant", text: "" };
}

function textOfContent(given: unknown, unchecked: string[]): string {
  const known = content.safeParse(given ?? "");
  if (!known.success) {
    unchecked.push("content of an unknown form");
    return "";
  }
  if (typeof known.data === "string") return known.data;
  return known.data
    .map((one) => {
      const text = one["text"] ?? one["refusal"];
      if (texts.has(one.type) && typeof text === "string") return text;
      unchecked.push(one.type);
      return "";
    })
    .join("");
}

/** The request with the texts of another exchange, turn by turn, and `hide` over all else that was said: earlier calls of tools. */
export function withTurns(body: ResponsesBody, { turns }: Exchange, hide: <T>(value: T) => T): ResponsesBody {
  const own = turns.slice(body.instructions ? 1 : 0);
  const { input } = body;
  const masked =
    typeof input === "string"
      ? (own[0]?.text ?? "")
      : input.map((given, index) => {
          const place = given.type === "message" ? "content" : "output";
          const known = content.safeParse(given[place]);
          return known.success ? { ...given, [place]: withText(known.data, own[index]?.text ?? "") } : given;
        });
  return { ...body, instructions: hide(body.instructions), input: hide(masked) };
}

function withText(given: Content, text: string): Content {
  if (typeof given === "string") return text;
  if (textOfContent(given, []) === text) return given;
  const first = given.find(({ type }) => texts.has(type));
  return [{ type: "input_text", ...first, text }, ...given.filter(({ type }) => !texts.has(type))];
}
