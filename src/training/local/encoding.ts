import { PreceptError } from "../../errors.ts";
import type { Prompt } from "../../models/language-model.ts";
import type { Tokenizer } from "../../tokenizer/index.ts";
import type { SftExample } from "../trainer.ts";
import type { TokenDocument } from "./batching.ts";

/** A prompt and its response as one token sequence; the response is `tokens[responseStart …]` and ends with the end token. */
export interface EncodedResponse {
  readonly tokens: readonly number[];
  readonly responseStart: number;
}

/** Text of a prompt. @throws PreceptError "input-invalid" for a dialogue: render it with the world's chat format first. */
export function promptText(prompt: Prompt): string {
  if (typeof prompt === "string") return prompt;
  throw new PreceptError("input-invalid", {
    attempted: "Encoding a prompt for training",
    found: `a dialogue of ${prompt.length} messages`,
    expected: "text as the model sees it",
    remedy: "render the dialogue before making the example",
  });
}

/** Prompt tokens, then the response's, then the end token unless the response brought it. */
export function encodeResponse(tokenizer: Tokenizer, prompt: Prompt, response: string): EncodedResponse {
  const before = tokenizer.encode(promptText(prompt));
  const after = tokenizer.encode(response);
  if (after.at(-1) !== tokenizer.endToken) after.push(tokenizer.endToken);
  return { tokens: [...before, ...after], responseStart: before.length };
}

/** A demonstration with loss weight on the completion and its end token. */
export function encodeExample(tokenizer: Tokenizer, example: SftExample, promptWeight = 0): TokenDocument {
  const { tokens, responseStart } = encodeResponse(tokenizer, example.prompt, example.completion);
  const weight = example.weight ?? 1;
  return { tokens, weights: tokens.map((_, t) => (t < responseStart ? promptWeight * weight : weight)) };
}

/**
 * A row length that holds the longest sequence: a multiple of 16, at least 64, at most the context; and as many rows as
 * make about `tokens` a batch.
 * @throws PreceptError "context-overflow" when a sequence exceeds the context.
 */
export function shapeFor(
  lengths: readonly number[],
  contextLength: number,
  tokens = 2048,
): { batch: number; length: number } {
  const longest = lengths.reduce((a, b) => Math.max(a, b), 1);
  if (longest > contextLength) {
    throw new PreceptError("context-overflow", {
      attempted: "Choosing the shape of training batches",
      found: `a sequence of ${longest} tokens`,
      expected: `at most the context of ${contextLength}`,
      remedy: "shorten the text",
    });
  }
  const length = Math.min(contextLength, Math.max(64, 16 * Math.ceil(longest / 16)));
  return { batch: Math.max(1, Math.round(tokens / length)), length };
}
