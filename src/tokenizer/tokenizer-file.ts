import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { type HuggingFaceTokenizerOptions, huggingFaceTokenizer } from "./hugging-face-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { byteToken, wordStart, wordTokenizer } from "./word-tokenizer.ts";

// A word tokenizer in the terms of Hugging Face tokenizers: BPE without merges. `Metaspace` writes every word with a
// leading ▁, `ignore_merges` takes a word of the vocabulary whole, `byte_fallback` spells any other. @huggingface/tokenizers
// 0.2 encodes and decodes with it as we do (checked by hand, with `clean_up_tokenization_spaces: false`). Departures: a
// typed word that itself begins with ▁; markers are ordinary words, not special tokens (special ones would lose the
// space before them in decoding), so `skip_special_tokens` removes nothing; and which word ends a sequence stands in
// generation_config.json.
const wordTokenizerFile = z.object({
  model: z.object({
    type: z.literal("BPE"),
    byte_fallback: z.literal(true),
    ignore_merges: z.literal(true),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.unknown()).length(0),
  }),
});

const bytes = new Set(Array.from({ length: 256 }, (_, byte) => byteToken(byte)));

/** The content of a `tokenizer.json`. */
export function formatTokenizer(tokenizer: Tokenizer): string {
  const vocab: Record<string, number> = {};
  for (const [id, token] of tokenizer.tokens.entries()) {
    vocab[token === wordStart || bytes.has(token) ? token : wordStart + token] = id;
  }
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: {
      type: "Sequence",
      pretokenizers: [
        { type: "WhitespaceSplit" },
        { type: "Metaspace", replacement: wordStart, prepend_scheme: "always", split: false },
      ],
    },
    post_processor: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: wordStart }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        { type: "Strip", content: " ", start: 1, stop: 0 },
      ],
    },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: true,
      ignore_merges: true,
      vocab,
      merges: [],
    },
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/**
 * @param endToken the id that ends a sequence, as generation_config.json says it; default: that of `<end>`
 * @throws PreceptError checkpoint-invalid when it is not a tokenizer that `formatTokenizer` wrote.
 */
export function parseTokenizer(text: string, path = "tokenizer.json", endToken?: number): Tokenizer {
  const fail = (found: string, cause?: unknown): PreceptError =>
    new PreceptError("checkpoint-invalid", {
      attempted: `Reading the tokenizer ${path}`,
      found,
      expected: "a word tokenizer as Precept writes it (BPE without merges, byte fallback)",
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw fail("text that is not JSON", cause);
  }
  const parsed = wordTokenizerFile.safeParse(json);
  if (!parsed.success)
    throw fail(parsed.error.issues.map((i) => `${i.path.join(".")}: ${i.message}`).join("; "), parsed.error);
  const { model } = parsed.data;
  const written = Object.entries(model.vocab);
  const tokens: string[] = [];
  for (const [token, id] of written) {
    if (id >= written.length) throw fail(`id ${id} among ${written.length} tokens`);
    if (tokens[id] !== undefined) throw fail(`id ${id} twice`);
    tokens[id] = token !== wordStart && token.startsWith(wordStart) ? token.slice(1) : token;
  }
  const named = endToken === undefined ? undefined : tokens[endToken];
  const tokenizer = wordTokenizer(tokens, omitUndefined({ endToken: named }));
  if (tokenizer.vocabularySize !== tokens.length) throw fail("a vocabulary without byte tokens");
  return tokenizer;
}

/**
 * A tokenizer from the contents of its files by name: one of ours, or that of any Hugging Face model.
 * @throws PreceptError checkpoint-invalid
 */
export function parseTokenizerFiles(
  files: Readonly<Record<string, string>>,
  options: HuggingFaceTokenizerOptions = {},
): Tokenizer {
  const text = files["tokenizer.json"] ?? "";
  // The one kind of BPE without merges that takes words whole.
  const marks = [/"WhitespaceSplit"/, /"ignore_merges":\s*true/, /"merges":\s*\[\s*\]/];
  const isOurs = marks.every((mark) => mark.test(text));
  if (!isOurs) return huggingFaceTokenizer(files, options);
  return parseTokenizer(text, options.path, endTokenOf(files["generation_config.json"]) ?? options.stopTokens?.[0]);
}

const generationConfig = z.object({ eos_token_id: z.union([z.int(), z.array(z.int())]).nullish() });

function endTokenOf(text = "{}"): number | undefined {
  try {
    return [generationConfig.parse(JSON.parse(text)).eos_token_id ?? []].flat()[0];
  } catch {
    return undefined;
  }
}

/** The files that `parseTokenizerFiles` reads. */
export const formatTokenizerFiles = (tokenizer: Tokenizer): Readonly<Record<string, string>> =>
  tokenizer.files ?? { "tokenizer.json": formatTokenizer(tokenizer) };
