import { huggingFaceTokenizer, type Tokenizer } from "../../src/tokenizer/index.ts";

/** GPT-2's letters for bytes: printable ones for themselves, the rest from U+0100 on. */
function byteLetters(): string[] {
  const isPrintable = (byte: number): boolean => (byte > 32 && byte < 127) || (byte > 160 && byte < 173) || byte > 173;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

export interface ByteTokenizerOptions {
  /** Special tokens from id 256 on; the first begins a text, the second ends one. */
  readonly special: readonly string[];
  readonly template?: string;
  /** Further added tokens, in tokenizer.json's terms. */
  readonly added?: readonly object[];
  readonly file?: object;
  readonly config?: object;
  readonly files?: Readonly<Record<string, string>>;
}

/** The files of a byte-level tokenizer without merges: a token a byte. */
export function byteTokenizerFiles(options: ByteTokenizerOptions): Record<string, string> {
  const { special, template, added = [], file = {}, config = {}, files = {} } = options;
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const json = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [...special.map((content, n) => ({ id: 256 + n, content, special: true, ...flags })), ...added],
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { type: "BPE", vocab: Object.fromEntries(byteLetters().map((letter, byte) => [letter, byte])), merges: [] },
    ...file,
  };
  const [bos, eos] = special;
  return {
    "tokenizer.json": JSON.stringify(json),
    "tokenizer_config.json": JSON.stringify({ bos_token: bos, eos_token: eos, chat_template: template, ...config }),
    ...files,
  };
}

export const byteTokenizer = (options: ByteTokenizerOptions): Tokenizer =>
  huggingFaceTokenizer(byteTokenizerFiles(options));
