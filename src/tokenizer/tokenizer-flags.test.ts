import { describe, expect, it } from "vitest";
import { type ByteTokenizerOptions, byteTokenizer } from "../../test/support/byte-tokenizer.ts";
import type { Tokenizer } from "./index.ts";

const flags = { special: false, single_word: false, lstrip: false, rstrip: false, normalized: false };
const make = (options: Partial<ByteTokenizerOptions>): Tokenizer =>
  byteTokenizer({ special: ["<s>", "</s>"], ...options });
/** The places of a token among the bytes of a text. */
const countOf = (tokenizer: Tokenizer, id: number, text: string): number =>
  tokenizer.encode(text).filter((token) => token === id).length;

describe("flags of a tokenizer's files", () => {
  it("take a single_word token for whole words alone, and give the text back", () => {
    const tokenizer = make({
      added: [
        { ...flags, id: 258, content: "dog", single_word: true },
        { ...flags, id: 259, content: "c++", single_word: true },
        { ...flags, id: 260, content: "ox" },
      ],
    });
    for (const [text, dogs] of [
      ["dog dogs hotdog dog", 2],
      ["dog", 1],
      ["(dog), dog-house; dog_house dog1 1dog", 2],
      ["dogé édog dog\u0301 dog😀", 1],
      ["</s>dog<s>", 1],
    ] as const) {
      expect(countOf(tokenizer, 258, text), text).toBe(dogs);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect(countOf(tokenizer, 259, "c++ or c+++ or abc++")).toBe(2);
    expect(countOf(tokenizer, 260, "ox box")).toBe(2);
    expect(tokenizer.idOf("dog")).toBe(258);
    expect(tokenizer.tokenOf(258)).toBe("dog");
  });

  it("let a token take the white space beside it, by lstrip and rstrip", () => {
    const tokenizer = make({
      added: [
        { ...flags, id: 258, content: "<l>", lstrip: true },
        { ...flags, id: 259, content: "<r>", rstrip: true },
      ],
    });
    expect(tokenizer.decode(tokenizer.encode("a <l> b"))).toBe("a<l> b");
    expect(tokenizer.decode(tokenizer.encode("a <r> b"))).toBe("a <r>b");
  });

  it("match a normalized token in the normalized text", () => {
    const file = { normalizer: { type: "Lowercase" } };
    const added = (normalized: boolean) => [{ ...flags, id: 258, content: "<big>", normalized }];
    expect(countOf(make({ file, added: added(true) }), 258, "<BIG> <big>")).toBe(2);
    expect(countOf(make({ file, added: added(false) }), 258, "<BIG> <big>")).toBe(1);
  });

  it("begin with a space where either file says so, and tokenizer_config.json wins", () => {
    const pre_tokenizer = { type: "ByteLevel", add_prefix_space: true, use_regex: true };
    const begins = (options: Partial<ByteTokenizerOptions>): string => make(options).decode(make(options).encode("a"));
    expect(begins({})).toBe("a");
    expect(begins({ config: { add_prefix_space: true } })).toBe(" a");
    expect(begins({ file: { pre_tokenizer } })).toBe(" a");
    expect(begins({ file: { pre_tokenizer }, config: { add_prefix_space: false } })).toBe("a");
  });

  it("cut and fill nothing, as transformers does unless it is asked to", () => {
    const truncation = { direction: "Right", max_length: 2, strategy: "LongestFirst", stride: 0 };
    const padding = { strategy: { Fixed: 8 }, direction: "Right", pad_id: 256, pad_type_id: 0, pad_token: "<s>" };
    expect(make({ file: { truncation, padding } }).encode("abcd")).toHaveLength(4);
  });

  it("name the special tokens of either file for a template", () => {
    const files = { "special_tokens_map.json": '{"cls_token":{"content":"<s>"},"bos_token":"</s>"}' };
    const tokenizer = make({ files, config: { additional_special_tokens: ["<s>", { content: "</s>" }] } });
    expect(tokenizer.specialTokens).toEqual({
      bos_token: "<s>",
      eos_token: "</s>",
      cls_token: "<s>",
      additional_special_tokens: ["<s>", "</s>"],
    });
    expect(make({ config: { bos_token: null }, files }).startToken).toBe(257);
  });

  const split = (behavior: string) => ({ type: "Split", pattern: { String: " " }, behavior, invert: false });
  it.each([
    ["a dropout", { file: { model: { type: "BPE", vocab: { a: 0 }, merges: [], dropout: 0.1 } } }, /dropout 0\.1/],
    ["split special tokens", { config: { split_special_tokens: true } }, /split_special_tokens: true/],
    [
      "a whole word that is normalized",
      {
        file: { normalizer: { type: "Lowercase" } },
        added: [{ ...flags, id: 258, content: "cow", single_word: true, normalized: true }],
      },
      /the added token "cow" with single_word and normalized/,
    ],
    [
      "a way of splitting",
      { file: { pre_tokenizer: { type: "Sequence", pretokenizers: [split("MergedWithPrevious")] } } },
      /Split with the behavior MergedWithPrevious/,
    ],
    ["punctuation", { file: { pre_tokenizer: { type: "Punctuation" } } }, /Punctuation with the behavior Isolated/],
  ])("are refused by name where they are not computed: %s", (_, options, found) => {
    expect(() => make(options)).toThrow(found);
  });

  it("may split at what the normalizer leaves in no text", () => {
    const normalizer = { type: "Replace", pattern: { String: " " }, content: "_" };
    const file = { normalizer, pre_tokenizer: split("MergedWithPrevious") };
    expect(make({ file }).vocabularySize).toBe(258);
  });
});
