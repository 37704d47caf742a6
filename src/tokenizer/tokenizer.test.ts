import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { rng } from "../rng.ts";
import { formatTokenizer, parseTokenizer, parseTokenizerFiles, wordTokenizer } from "./index.ts";

const words = ["<end>", "<user>", "<asst>", "how", "do", "i", "make", "soup", "?", ":", "a"];
const tokenizer = wordTokenizer(words);

describe("wordTokenizer", () => {
  it("takes words and markers whole, in the order of the vocabulary", () => {
    expect(tokenizer.encode("<user> how do i make soup ? <asst>")).toEqual([1, 3, 4, 5, 6, 7, 8, 2]);
    expect(tokenizer.decode([1, 3, 4, 5, 6, 7, 8, 2])).toBe("<user> how do i make soup ? <asst>");
    expect(tokenizer.endToken).toBe(0);
    expect(tokenizer.vocabularySize).toBe(words.length + 1 + 256);
    expect(tokenizer.idOf("soup")).toBe(7);
    expect(tokenizer.idOf("stew")).toBeUndefined();
  });

  it("spells unknown words in bytes and reads them back", () => {
    const ids = tokenizer.encode("make é");
    expect(ids.map((id) => tokenizer.tokenOf(id))).toEqual(["make", "▁", "<0xC3>", "<0xA9>"]);
    for (const text of ["zürich soup", "soup zürich", "日本 語 a b", "aa a", "<0x41> ▁ ▁▁x", "<user>how", "🍲"]) {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }
    expect(tokenizer.decode(tokenizer.encode("  how\n do\t"))).toBe("how do");
    expect(tokenizer.encode("")).toEqual([]);
  });

  it("round-trips random text", () => {
    const random = rng(1, "tokenizer");
    for (let n = 0; n < 200; n++) {
      const text = Array.from({ length: 1 + random.integer(8) }, () =>
        random.next() < 0.5
          ? random.pick(words)
          : String.fromCodePoint(33 + random.integer(90), 0x100 + random.integer(0x2000)),
      );
      const written = text.filter((word) => !/\s/.test(word)).join(" ");
      expect(tokenizer.decode(tokenizer.encode(written))).toBe(written);
    }
  });

  it("pads to a size and refuses a bad vocabulary", () => {
    const padded = wordTokenizer(words, { size: 300 });
    expect(padded.vocabularySize).toBe(300);
    expect(padded.tokenOf(299)).toBe("<unused31>");
    expect(() => wordTokenizer(["a", "<end>", "a"])).toThrow(PreceptError);
    expect(() => wordTokenizer(["a b", "<end>"])).toThrow(PreceptError);
    expect(() => wordTokenizer(["a"])).toThrow(/end token/);
    expect(() => tokenizer.decode([9999])).toThrow(PreceptError);
  });
});

describe("tokenizer.json", () => {
  it("round-trips, with ids, padding and the end token", () => {
    const padded = wordTokenizer(words, { size: 300, endToken: "?" });
    const read = parseTokenizer(formatTokenizer(padded), "tokenizer.json", 8);
    expect(read.tokens).toEqual(padded.tokens);
    expect(read.endToken).toBe(8);
    expect(formatTokenizer(read)).toBe(formatTokenizer(padded));
  });

  it("has no key of our own, which other readers would refuse: the end token stands in the files beside it", () => {
    const padded = wordTokenizer(words, { size: 300, endToken: "?" });
    expect(JSON.parse(formatTokenizer(padded))).not.toHaveProperty("precept");
    const files = { "tokenizer.json": formatTokenizer(padded), "generation_config.json": '{"eos_token_id":8}' };
    const read = parseTokenizerFiles(files);
    expect(read.files).toBeUndefined();
    expect([read.endToken, read.tokens]).toEqual([8, padded.tokens]);
    const { "tokenizer.json": alone } = files;
    expect(parseTokenizerFiles({ "tokenizer.json": alone }, { stopTokens: [8] }).endToken).toBe(8);
    expect(parseTokenizerFiles({ "tokenizer.json": alone }).tokenOf(parseTokenizer(alone).endToken)).toBe("<end>");
  });

  it("says what is wrong with a damaged file", () => {
    const text = formatTokenizer(tokenizer);
    expect(() => parseTokenizer(text.slice(0, 500))).toThrow(/not JSON/);
    expect(() => parseTokenizer("{}")).toThrow(/model/);
    expect(() => parseTokenizer(text.replace('"▁how": 3', '"▁how": 4'))).toThrow(/twice/);
    expect(() => parseTokenizer(text.replace('"▁how": 3', '"▁how": 9000'))).toThrow(/id 9000 among/);
  });
});
