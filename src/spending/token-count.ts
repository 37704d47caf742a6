import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Prompt } from "../language-model.ts";

/** Counts the tokens of a prompt, and says how well it knows. */
export interface TokenCounter {
  count(prompt: Prompt): number;
  /** Share by which a count may be wrong, either way. */
  readonly slack: number;
}

/** Tokens that a chat format adds per turn; four in OpenAI's own. */
const perTurn = 4;

/**
 * Share by which an estimate may be wrong: of OpenAI's tokenizer since GPT-4o, which it follows (token-count.test.ts
 * measures it, for prose, code and ten languages), and of any other, which may have fewer words of languages other than English.
 */
export const slackOf = { openai: 0.2, others: 0.33 } as const;

const pieces =
  /'(?:s|t|re|ve|m|ll|d)\b|(?<latin>\p{Script=Latin}+)|(?<number>\p{N}+)|(?<dense>[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]+)|(?<cyrillic>[\p{Script=Cyrillic}\p{Script=Greek}]+)|(?<letters>[\p{L}\p{M}]+)|(?<signs>[^\s\p{L}\p{N}]+)[\r\n]*|[\r\n]+|[ \t]{2,}/gu;
/** Characters that one token takes of each kind of piece; of the others, the piece is one token. */
const perToken = { latin: 8, number: 3, dense: 1.45, cyrillic: 4.2, letters: 2.9, signs: 3 } as const;

/** Tokens of a prompt where no tokenizer is at hand: words, numbers, signs and line ends, long ones as several. */
export const estimateTokens = counterOf((text) => {
  let tokens = 0;
  for (const { groups = {} } of text.matchAll(pieces)) {
    const [kind, piece] = Object.entries(groups).find(([, found]) => found !== undefined) ?? [];
    tokens += piece === undefined ? 1 : Math.max(1, piece.length / perToken[kind as keyof typeof perToken]);
  }
  return Math.ceil(tokens);
});

/** The best counter there is for a model by its name: a local one's own, else an estimate. @param folder where relative paths start. */
export async function tokenCounter(name: string, folder: string): Promise<TokenCounter> {
  const local = /^local:(.+)$/.exec(name)?.[1];
  const file = local === undefined ? undefined : join(resolve(folder, local), "tokenizer.json");
  if (file !== undefined && existsSync(file)) {
    const counted = await huggingFaceCounter(file);
    if (counted !== undefined) return { count: counterOf(counted), slack: 0 };
  }
  return { count: estimateTokens, slack: name.startsWith("openai:") ? slackOf.openai : slackOf.others };
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
