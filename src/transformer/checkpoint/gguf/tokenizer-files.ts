import { omitUndefined } from "../../../omit-undefined.ts";
import { damagedGguf } from "./damaged.ts";
import type { MetadataReader } from "./metadata.ts";
import { mergesOfScores } from "./scored-merges.ts";
import { byteLevelParts, startsText } from "./splitting.ts";

/** Kinds of token (llama.h, `enum llama_token_type`). */
const kinds = { unknown: 2, control: 3, userDefined: 4, unused: 5 } as const;
const SPACE = "▁";

/** What a tokenizer.json says of its kind, besides the vocabulary. */
interface Parts {
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly decoder: unknown;
  readonly model: Readonly<Record<string, unknown>>;
}

/**
 * The tokenizer in a file's metadata, as the files of a Hugging Face folder, which hold the same: byte-level BPE ("gpt2") with its
 * way of splitting, or SentencePiece's BPE ("llama"). @throws PreceptError checkpoint-invalid, by name for what is not read.
 */
export function tokenizerFilesOf(metadata: MetadataReader): Readonly<Record<string, string>> {
  const key = (name: string): string => `tokenizer.ggml.${name}`;
  const model = metadata.need(metadata.text(key("model")), key("model"));
  const tokens = withoutPadding(metadata, metadata.need(metadata.texts(key("tokens")), key("tokens")));
  const types = metadata.numbers(key("token_type")) ?? [];
  const parts =
    model === "gpt2" ? byteLevel(metadata, key) : model === "llama" ? sentencePiece(metadata, tokens) : undefined;
  if (parts === undefined) {
    const expected = "gpt2 (byte-level BPE) or llama (SentencePiece)";
    throw damagedGguf(metadata.path, `a tokenizer of the kind ${model}`, expected, `llamacpp:${metadata.path}`);
  }
  const textOf = (name: string): string | undefined => tokens[metadata.number(key(`${name}_token_id`)) ?? -1];
  const [start, end] = [textOf("bos"), textOf("eos")];
  const isSpecial = (id: number): boolean => types[id] === kinds.control || types[id] === kinds.unknown;
  const added = tokens.flatMap((content, id) =>
    isSpecial(id) || types[id] === kinds.userDefined ? [addedToken(id, content, isSpecial(id))] : [],
  );
  // Added tokens too: the tokenizers library numbers those anew that the vocabulary lacks.
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const starts = metadata.flag(key("add_bos_token")) ?? (model === "llama" || startsText(metadata.text(key("pre"))));
  const ends = metadata.flag(key("add_eos_token")) ?? false;
  const around = { first: starts ? start : undefined, last: ends ? end : undefined };
  const file = {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: added,
    ...parts,
    post_processor: postProcessor(around, (token) => tokens.indexOf(token)),
    model: { ...parts.model, vocab, merges: mergesOf(metadata, model, tokens, vocab) },
  };
  const config = omitUndefined({
    bos_token: start,
    eos_token: end,
    unk_token: textOf("unknown"),
    pad_token: textOf("padding"),
    clean_up_tokenization_spaces: false,
    tokenizer_class: "PreTrainedTokenizerFast",
  });
  const stops = ["eos", "eot"].flatMap((name) => metadata.number(key(`${name}_token_id`)) ?? []);
  const template = metadata.text("tokenizer.chat_template");
  return {
    "tokenizer.json": `${JSON.stringify(file)}\n`,
    "tokenizer_config.json": `${JSON.stringify(config, null, 2)}\n`,
    "generation_config.json": `${JSON.stringify({ eos_token_id: [...new Set(stops)] }, null, 2)}\n`,
    ...omitUndefined({ "chat_template.jinja": template }),
  };
}

/** Without what the converter puts at the end, where a model has more rows than its tokenizer has tokens. */
function withoutPadding(metadata: MetadataReader, tokens: readonly string[]): readonly string[] {
  const types = metadata.numbers("tokenizer.ggml.token_type");
  if (types !== undefined && types.length !== tokens.length)
    throw damagedGguf(metadata.path, `${types.length} kinds for ${tokens.length} tokens`, "one kind a token");
  const isPadding = (token: string, id: number): boolean => types?.[id] === kinds.unused && /^\[PAD\d+\]$/.test(token);
  return tokens.slice(0, tokens.findLastIndex((token, id) => !isPadding(token, id)) + 1);
}

function byteLevel(metadata: MetadataReader, key: (name: string) => string): Parts {
  const { ignoreMerges, ...parts } = byteLevelParts(metadata.text(key("pre")), metadata.path);
  const decoder = { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true };
  return { ...parts, decoder, model: bpe({ ignore_merges: ignoreMerges }) };
}

function sentencePiece(metadata: MetadataReader, tokens: readonly string[]): Parts {
  const key = "tokenizer.ggml.precompiled_charsmap";
  if (metadata.has(key))
    throw damagedGguf(metadata.path, `${key}: text that is normalised`, "text as it is", `llamacpp:${metadata.path}`);
  const spaces = { type: "Replace", pattern: { String: " " }, content: SPACE };
  const isPrefixed = metadata.flag("tokenizer.ggml.add_space_prefix") ?? true;
  const unknown = tokens[metadata.number("tokenizer.ggml.unknown_token_id") ?? 0];
  return {
    normalizer: isPrefixed ? { type: "Sequence", normalizers: [{ type: "Prepend", prepend: SPACE }, spaces] } : spaces,
    pre_tokenizer: null,
    decoder: {
      type: "Sequence",
      decoders: [
        { type: "Replace", pattern: { String: SPACE }, content: " " },
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...(isPrefixed ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : []),
      ],
    },
    model: bpe({ unk_token: unknown, fuse_unk: true, byte_fallback: tokens.includes("<0x00>") }),
  };
}

const bpe = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  type: "BPE",
  dropout: null,
  unk_token: null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
  ...fields,
});

const addedToken = (id: number, content: string, special: boolean) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/** As pairs: a token of a SentencePiece vocabulary may hold a space. */
function mergesOf(
  metadata: MetadataReader,
  model: string,
  tokens: readonly string[],
  vocab: Readonly<Record<string, number>>,
): readonly (readonly [string, string])[] {
  if (model === "llama") {
    const scores = metadata.need(metadata.numbers("tokenizer.ggml.scores"), "tokenizer.ggml.scores");
    return mergesOfScores(tokens, scores, vocab);
  }
  const merges = metadata.need(metadata.texts("tokenizer.ggml.merges"), "tokenizer.ggml.merges");
  return merges.map((merge) => {
    const [left = "", right = ""] = merge.split(" ");
    return [left, right] as const;
  });
}

/** What stands before and after a whole text. */
function postProcessor(
  { first, last }: { readonly first: string | undefined; readonly last: string | undefined },
  idOf: (token: string) => number,
): unknown {
  const named = [first, last].filter((token) => token !== undefined);
  if (named.length === 0) return null;
  const mark = (token: string | undefined) =>
    token === undefined ? [] : [{ SpecialToken: { id: token, type_id: 0 } }];
  const single = [...mark(first), { Sequence: { id: "A", type_id: 0 } }, ...mark(last)];
  const entries = named.map((token) => [token, { id: token, ids: [idOf(token)], tokens: [token] }]);
  return {
    type: "TemplateProcessing",
    single,
    pair: [...single, ...mark(first), { Sequence: { id: "B", type_id: 1 } }, ...mark(last)],
    special_tokens: Object.fromEntries(entries),
  };
}
