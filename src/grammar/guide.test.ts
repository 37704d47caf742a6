import { expect, test } from "vitest";
import { byteTokenizer } from "../../test/support/byte-tokenizer.ts";
import { rng } from "../rng.ts";
import { huggingFaceTokenizer, wordTokenizer } from "../tokenizer/index.ts";
import { argmax, drawToken } from "../transformer/inference/sampling.ts";
import { canEnd } from "./acceptor.ts";
import { checkBeginning, constraintFor, guideFor } from "./guide.ts";
import { TokenMasks } from "./masks.ts";
import type { Vocabulary } from "./vocabulary.ts";

const schema = {
  type: "object",
  properties: {
    name: { type: "string", maxLength: 9 },
    sizes: { type: "array", items: { type: "integer", maximum: 99 } },
  },
  required: ["name", "sizes"],
};

/** Every sign of ASCII, a few bytes of others, and pieces of JSON as merges make them; the last one is the end. */
function vocabulary(): Vocabulary {
  const pieces = [
    '{"',
    '":',
    '": "',
    '", "',
    "name",
    '{"name": "',
    "[[",
    "[1",
    ", ",
    "]}",
    '"}',
    "99",
    "é",
    "👍",
    "\n  ",
    "aé",
  ];
  const utf8 = new TextEncoder();
  const all = [
    ...Array.from({ length: 256 }, (_, byte) => [byte]),
    ...pieces.map((text) => [...utf8.encode(text)]),
    [],
  ];
  const offsets = new Uint32Array(all.length + 1);
  for (const [id, own] of all.entries()) offsets[id + 1] = (offsets[id] ?? 0) + own.length;
  return { key: -1, offsets, bytes: Uint8Array.from(all.flat()) };
}
const constraint = { schema, vocabulary: vocabulary() };
const size = constraint.vocabulary.offsets.length - 1;
const stop = size - 1;

test("a mask has the tokens that are followed byte by byte, and the end where the value is whole", () => {
  const masks = new TokenMasks(constraint, [stop]);
  for (let n = 0; n < 12; n++) {
    const random = rng(n, "masks");
    let stacks = masks.start;
    for (let step = 0; step < 60 && !canEnd(stacks); step++) {
      const mask = masks.maskOf(stacks, size);
      const one = Array.from({ length: size }, (_, token) => Number(masks.after(stacks, token).length > 0));
      expect([...mask]).toEqual(one);
      stacks = masks.after(stacks, random.pick(one.flatMap((is, token) => (is === 1 ? [token] : []))));
    }
  }
});

test("a choice that was allowed stays, another becomes the likeliest allowed one; sampled texts keep to the schema", () => {
  for (let n = 0; n < 40; n++) {
    const random = rng(n, "draw");
    const guide = guideFor(constraint, [stop]);
    for (let step = 0; step < 30; step++) {
      const logits = { data: Float32Array.from({ length: size }, () => random.normal() * 3), start: 0, size };
      const total = logits.data.reduce((sum, x) => sum + Math.exp(x), 0);
      const probabilities = { ...logits, data: logits.data.map((x) => Math.exp(x) / total) };
      const mask = [...guide.mask(size)];
      const best = argmax(logits);
      const temperature = n % 2;
      const token = drawToken(logits, probabilities, { temperature, topP: 0.9, random, guide });
      expect(mask[token]).toBe(1);
      if (temperature === 0) {
        const most = Math.max(...logits.data.filter((_, id) => mask[id] === 1));
        expect(token).toBe(mask[best] === 1 ? best : logits.data.indexOf(most));
      }
      if (token === stop) break;
    }
  }
});

test("the share of an allowed token is its share of what is allowed", () => {
  const guide = () => guideFor({ schema: { type: "boolean" }, vocabulary: constraint.vocabulary }, [stop]);
  const data = new Float32Array(size).fill(0.5 / size);
  data["t".charCodeAt(0)] = 0.03;
  data["f".charCodeAt(0)] = 0.01;
  // White space may stand before a value; here it is not drawn.
  for (const space of [9, 10, 13, 32]) data[space] = 0;
  for (const token of [size - 3]) data[token] = 0;
  const row = { data, start: 0, size };
  for (const topP of [1, 0.999]) {
    const random = rng(3, "share", topP);
    let count = 0;
    for (let n = 0; n < 4000; n++) {
      const token = drawToken(row, row, { temperature: 1, topP, random, guide: guide() });
      if (token === "t".charCodeAt(0)) count++;
    }
    expect(Math.abs(count / 4000 - 0.75)).toBeLessThan(0.03);
  }
});

test("a token that begins with a space keeps it, though alone it is decoded without", () => {
  const marks = ["<unk>", "<s>", "</s>"];
  const bytes = Array.from({ length: 256 }, (_, n) => `<0x${n.toString(16).toUpperCase().padStart(2, "0")}>`);
  const tokens = [...marks, ...bytes, "▁", "a", "▁a"];
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const space = { type: "Replace", pattern: { String: "▁" }, content: " " };
  const json = {
    version: "1.0",
    added_tokens: marks.map((content, id) => ({ id, content, special: true, ...flags })),
    normalizer: { type: "Prepend", prepend: "▁" },
    pre_tokenizer: null,
    post_processor: null,
    // As Llama 2 has it.
    decoder: {
      type: "Sequence",
      decoders: [space, { type: "ByteFallback" }, { type: "Fuse" }, { type: "Strip", content: " ", start: 1, stop: 0 }],
    },
    model: {
      type: "BPE",
      byte_fallback: true,
      unk_token: "<unk>",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [["▁", "a"]],
    },
  };
  const tokenizer = huggingFaceTokenizer({
    "tokenizer.json": JSON.stringify(json),
    "tokenizer_config.json": JSON.stringify({ bos_token: "<s>", eos_token: "</s>" }),
  });
  expect(tokenizer.decode([tokens.indexOf("▁a")])).toBe("a");
  const { vocabulary: made } = constraintFor(tokenizer, schema);
  const bytesOf = (token: string) => {
    const id = tokens.indexOf(token);
    return [...made.bytes.slice(made.offsets[id], made.offsets[id + 1])];
  };
  expect(["▁a", "a", "▁", "<0xC3>", "</s>"].map(bytesOf)).toEqual([[32, 97], [97], [32], [195], []]);
});

test("a vocabulary of words is refused", () => {
  expect(() => constraintFor(wordTokenizer(["a", "<end>"]), schema)).toThrow("a vocabulary of words");
});

test("goes on from what is begun, and refuses what is no beginning", () => {
  const guide = guideFor(constraint, [stop], '{"name": "');
  expect([guide.allows("x".charCodeAt(0)), guide.allows(stop), guide.allows(10)]).toEqual([true, false, false]);
  expect(() => checkBeginning(schema, '{"name":')).not.toThrow();
  expect(() => checkBeginning(schema, '{"nome":')).toThrow('begin with "{\\"nome\\":"');
});

test("the bytes of a tokenizer's tokens, none of its marks; one that cannot write a sign is refused", () => {
  const { vocabulary: made } = constraintFor(byteTokenizer({ special: ["<s>", "</s>"] }), schema);
  const tokenOf = (byte: number) => made.bytes.slice(made.offsets[byte], made.offsets[byte + 1]);
  expect(Array.from({ length: 258 }, (_, byte) => [...tokenOf(byte)])).toEqual([
    ...Array.from({ length: 256 }, (_, byte) => [byte]),
    [],
    [],
  ]);
  const whole = byteTokenizer({ special: ["<s>", "</s>"] });
  const poor = { ...whole, decode: (ids: readonly number[]) => whole.decode(ids).replaceAll("{", "x") };
  expect(() => constraintFor(poor, schema)).toThrow("without a token for the byte 123");
});
