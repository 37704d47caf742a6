import { damagedGguf } from "./damaged.ts";

/** How a byte-level tokenizer takes a text apart before it merges bytes. */
export interface Splitting {
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  /** Whether a part that is a token is taken whole. */
  readonly ignoreMerges: boolean;
}

/** The pattern of GPT-4, which Llama 3 and Qwen 2 took over, with digits in runs of at most so many. */
const patternOf = (digits: string): string =>
  `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+`;

const byteLevel = (ownPattern: boolean): object => ({
  type: "ByteLevel",
  add_prefix_space: false,
  trim_offsets: true,
  use_regex: ownPattern,
});
const inOrder = (...pretokenizers: readonly object[]): object => ({ type: "Sequence", pretokenizers });
const split = (pattern: string): object => ({
  type: "Split",
  pattern: { Regex: pattern },
  behavior: "Isolated",
  invert: false,
});

const plain: Splitting = { normalizer: null, pre_tokenizer: byteLevel(true), ignoreMerges: false };
const smollm: Splitting = {
  ...plain,
  pre_tokenizer: inOrder({ type: "Digits", individual_digits: true }, byteLevel(true)),
};
const qwen: Splitting = {
  normalizer: { type: "NFC" },
  pre_tokenizer: inOrder(split(patternOf("\\p{N}")), byteLevel(false)),
  ignoreMerges: false,
};
const llama3: Splitting = {
  normalizer: null,
  pre_tokenizer: inOrder(split(patternOf("\\p{N}{1,3}")), byteLevel(false)),
  ignoreMerges: true,
};

/** By "tokenizer.ggml.pre". */
const splittings: ReadonlyMap<string, Splitting> = new Map([
  ["gpt-2", plain],
  ["smollm", smollm],
  ["qwen2", qwen],
  ["llama-bpe", llama3],
]);

/** @throws PreceptError checkpoint-invalid for a way of splitting that is not known: its tokens would be others. */
export function byteLevelParts(name: string | undefined, path: string): Splitting {
  const known = name === undefined ? undefined : splittings.get(name);
  if (known !== undefined) return known;
  const found = name === undefined ? "no tokenizer.ggml.pre, as old converters left it" : `the splitting ${name}`;
  throw damagedGguf(path, found, [...splittings.keys()].join(", "), `a newer file, or llamacpp:${path}`);
}

/** Whether a text begins with the start token where the file does not say. */
export const startsText = (name: string | undefined): boolean => name === "llama-bpe";
