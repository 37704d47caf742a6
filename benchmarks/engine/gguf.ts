import type { TransformerConfig } from "../../src/transformer/checkpoint/config.ts";
import type { Weights } from "../../src/transformer/checkpoint/weights.ts";

/** Value types of the GGUF format, version 3. */
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const STRING = 8;
const ARRAY = 9;
const ALIGNMENT = 32;

type Scalar = { readonly type: number; readonly value: number | string };
type Entry =
  | Scalar
  | { readonly type: typeof ARRAY; readonly of: number; readonly values: readonly (number | string)[] };

const u32 = (value: number): Scalar => ({ type: UINT32, value });
const f32 = (value: number): Scalar => ({ type: FLOAT32, value });
const str = (value: string): Scalar => ({ type: STRING, value });

/** Bytes of the header, appended one after another. */
class Writer {
  readonly #parts: Buffer[] = [];
  length = 0;

  bytes(part: Buffer): void {
    this.#parts.push(part);
    this.length += part.length;
  }
  number(type: number, value: number): void {
    const part = Buffer.alloc(4);
    if (type === FLOAT32) part.writeFloatLE(value);
    else if (type === INT32) part.writeInt32LE(value);
    else part.writeUInt32LE(value);
    this.bytes(part);
  }
  long(value: number): void {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    this.bytes(part);
  }
  text(value: string): void {
    const body = Buffer.from(value, "utf8");
    this.long(body.length);
    this.bytes(body);
  }
  value(type: number, value: number | string): void {
    if (typeof value === "string") this.text(value);
    else this.number(type, value);
  }
  entry(key: string, entry: Entry): void {
    this.text(key);
    this.number(UINT32, entry.type);
    if ("value" in entry) {
      this.value(entry.type, entry.value);
      return;
    }
    this.number(UINT32, entry.of);
    this.long(entry.values.length);
    for (const value of entry.values) this.value(entry.of, value);
  }
  join(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

const LAYER_NAMES: Readonly<Record<string, string>> = {
  input_layernorm: "attn_norm",
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  post_attention_layernorm: "ffn_norm",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
};

function ggufName(name: string): string {
  if (name === "model.embed_tokens.weight") return "token_embd.weight";
  if (name === "model.norm.weight") return "output_norm.weight";
  if (name === "lm_head.weight") return "output.weight";
  const [, layer, part] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const known = LAYER_NAMES[part ?? ""];
  if (known === undefined) throw new Error(`GGUF has no place for ${name}`);
  return `blk.${layer}.${known}.weight`;
}

/** From halves to pairs: llama.cpp rotates elements 2i and 2i + 1 where Hugging Face rotates i and i + headSize/2. */
function interleave(data: Float32Array, heads: number, headSize: number): Float32Array {
  const width = data.length / (heads * headSize);
  const half = headSize / 2;
  const result = new Float32Array(data.length);
  for (let head = 0; head < heads; head++) {
    for (let i = 0; i < headSize; i++) {
      const source = head * headSize + (i % 2 === 0 ? i / 2 : half + (i - 1) / 2);
      result.set(data.subarray(source * width, (source + 1) * width), (head * headSize + i) * width);
    }
  }
  return result;
}

/** Unknown, begin and end, all bytes (which llama.cpp looks up), then names. */
function inventToken(id: number): string {
  const byte = (id - 3).toString(16).toUpperCase().padStart(2, "0");
  return ["<unk>", "<s>", "</s>"][id] ?? (id < 259 ? `<0x${byte}>` : `t${id}`);
}

/** The model as a GGUF file in float32, with a vocabulary of made-up tokens, as llama.cpp refuses to sample without one. */
export function encodeGguf(config: TransformerConfig, weights: Weights): Buffer {
  const tokens = Array.from({ length: config.vocabularySize }, (_, id) => inventToken(id));
  const entries: Record<string, Entry> = {
    "general.architecture": str("llama"),
    "general.name": str("benchmark"),
    "general.file_type": u32(0),
    "llama.block_count": u32(config.layers),
    "llama.context_length": u32(config.contextLength),
    "llama.embedding_length": u32(config.hiddenSize),
    "llama.feed_forward_length": u32(config.feedForwardSize),
    "llama.attention.head_count": u32(config.heads),
    "llama.attention.head_count_kv": u32(config.keyValueHeads),
    "llama.attention.key_length": u32(config.headSize),
    "llama.attention.value_length": u32(config.headSize),
    "llama.rope.dimension_count": u32(config.headSize),
    "llama.rope.freq_base": f32(config.ropeTheta),
    "llama.attention.layer_norm_rms_epsilon": f32(config.normEpsilon),
    "llama.vocab_size": u32(config.vocabularySize),
    "tokenizer.ggml.model": str("llama"),
    "tokenizer.ggml.tokens": { type: ARRAY, of: STRING, values: tokens },
    "tokenizer.ggml.scores": { type: ARRAY, of: FLOAT32, values: tokens.map(() => 0) },
    "tokenizer.ggml.token_type": {
      type: ARRAY,
      of: INT32,
      values: tokens.map((_, id) => [2, 3, 3][id] ?? (id < 259 ? 6 : 1)),
    },
    "tokenizer.ggml.bos_token_id": u32(1),
    "tokenizer.ggml.eos_token_id": u32(2),
    "tokenizer.ggml.unknown_token_id": u32(0),
  };
  const header = new Writer();
  header.bytes(Buffer.from("GGUF"));
  header.number(UINT32, 3);
  header.long(weights.size);
  header.long(Object.keys(entries).length);
  for (const [key, entry] of Object.entries(entries)) header.entry(key, entry);
  const bodies: Buffer[] = [];
  let offset = 0;
  for (const [name, { shape, data }] of weights) {
    const rotated = name.includes("q_proj") ? config.heads : name.includes("k_proj") ? config.keyValueHeads : 0;
    const numbers = rotated === 0 ? data : interleave(data, rotated, config.headSize);
    header.text(ggufName(name));
    header.number(UINT32, shape.length);
    for (const size of shape.toReversed()) header.long(size);
    header.number(UINT32, 0);
    header.long(offset);
    const padding = Buffer.alloc((ALIGNMENT - (numbers.byteLength % ALIGNMENT)) % ALIGNMENT);
    bodies.push(Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength), padding);
    offset += numbers.byteLength + padding.length;
  }
  header.bytes(Buffer.alloc((ALIGNMENT - (header.length % ALIGNMENT)) % ALIGNMENT));
  return Buffer.concat([header.join(), ...bodies]);
}
