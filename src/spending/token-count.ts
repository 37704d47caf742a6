import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Prompt } from "../language-model.ts";

/** Counts the tokens of a prompt, and says how well it knows. */
export interface TokenCounter {
  count(prompt: Prompt): number;
  /** "tokenizer": the model's own; "estimate": four characters per token, which is right within a third for English. */
  readonly how: "tokenizer" | "estimate";
  /** Share by which a count may be wrong, either way. */
  readonly slack: number;
}

/** Tokens that a chat format adds per turn; four in OpenAI's own. */
const perTurn = 4;
const charactersPerToken = 4;
/** Share by which an estimate from characters may be wrong. */
export const estimateSlack = 0.33;

/** Tokens of a prompt where no tokenizer is known. */
export const estimateTokens = counterOf((text) => Math.ceil(text.length / charactersPerToken));

/**
 * The best counter there is for a model by its name: OpenAI's encodings, a tokenizer.json in the folder of a local one,
 * else an estimate. @param folder where relative paths start.
 */
export async function tokenCounter(name: string, folder: string): Promise<TokenCounter> {
  const local = /^local:(.+)$/.exec(name)?.[1];
  const file = local === undefined ? undefined : join(resolve(folder, local), "tokenizer.json");
  if (file !== undefined && existsSync(file)) {
    const counted = await huggingFaceCounter(file);
    if (counted !== undefined) return { count: counterOf(counted), how: "tokenizer", slack: 0 };
  }
  if (name.startsWith("openai:")) {
    const { encode } = await import("gpt-tokenizer/encoding/o200k_base");
    return { count: counterOf((text) => encode(text).length), how: "tokenizer", slack: 0.02 };
  }
  return { count: estimateTokens, how: "estimate", slack: estimateSlack };
}

/** Undefined for a tokenizer that the library does not read; harbor's own is one. */
async function huggingFaceCounter(file: string): Promise<((text: string) => number) | undefined> {
  const { Tokenizer } = await import("@huggingface/tokenizers");
  try {
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(file, "utf8")), {});
    return (text) => tokenizer.encode(text).ids.length;
  } catch {
    return undefined;
  }
}

function counterOf(count: (text: string) => number): TokenCounter["count"] {
  return (prompt) =>
    typeof prompt === "string"
      ? count(prompt)
      : prompt.reduce((sum, { content }) => sum + count(content) + perTurn, perTurn);
}
