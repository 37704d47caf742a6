import type { Tokenizer } from "../../tokenizer/index.ts";
import type { GrowingHeads, Transformer } from "../../transformer/index.ts";
import type { Exchange } from "../exchange.ts";
import type { NewReadings, TokenReader } from "../heads/classifier.ts";
import type { HeadFile } from "../heads/head-file.ts";
import { endsOf, type Windows, windowsOf } from "./windows.ts";

/**
 * Tokens of a pass over the model, counted from the text's first token, so that the numbers do not hang on how it came. What people
 * write comes whole: long passes are faster.
 */
const STRIDES = { output: 8, input: 256 } as const;

/** A text that is read as it grows, each token in one pass, or in two where windows overlap: time grows with its length, not with its square. */
export class GrowingText implements TokenReader {
  readonly #tokenizer: Tokenizer;
  readonly #heads: GrowingHeads;
  readonly #windows: Windows;
  readonly #count: number;
  readonly #stride: number;
  /** Whether words are cut into tokens each by itself, so that only new ones need be. */
  readonly #isWordwise: boolean;
  #text = "";
  #tokens: number[] = [];
  #ends: number[] = [];
  /** Tokens whose heads were read, and where the window begins that they are read in. */
  #read = 0;
  #start = 0;

  constructor(model: Transformer, file: HeadFile, exchange: Exchange) {
    this.#tokenizer = model.tokenizer;
    this.#heads = model.growingHeads();
    this.#windows = windowsOf(model, file, exchange);
    this.#count = file.principles.length;
    this.#stride = STRIDES[file.side];
    this.#isWordwise = isWordwise(model.tokenizer);
  }

  async read(text: string, isWhole: boolean): Promise<NewReadings> {
    this.#encode(text);
    const from = this.#read;
    const upTo = isWhole ? this.#tokens.length : this.#tokens.length - (this.#tokens.length % this.#stride);
    const { before, room, step } = this.#windows;
    const logits = new Float32Array((upTo - from) * this.#count);
    while (this.#read < upTo) {
      if (this.#read >= this.#start + room) this.#start += step;
      const end = Math.min(upTo, this.#start + room, this.#read + this.#stride - (this.#read % this.#stride));
      const sequence = [...before, ...this.#tokens.slice(this.#start, end)];
      const part = await this.#heads.read(sequence, before.length + this.#read - this.#start);
      logits.set(part, (this.#read - from) * this.#count);
      this.#read = end;
    }
    return { from, ends: this.#ends.slice(from, upTo), logits };
  }

  close(): void {
    // The model may have ended before the text did.
    void this.#heads.drop().catch(() => undefined);
  }

  #encode(text: string): void {
    const isLonger = this.#isWordwise && text.startsWith(this.#text);
    const kept = isLonger ? this.#text.length : 0;
    const fresh = text.slice(kept);
    const tokens = this.#tokenizer.encode(fresh);
    const ends = endsOf(this.#tokenizer, fresh, tokens.length).map((end) => kept + end);
    this.#text = text;
    if (isLonger) {
      for (const token of tokens) this.#tokens.push(token);
      for (const end of ends) this.#ends.push(end);
      return;
    }
    // What later text has made other tokens of is read again, with its whole window.
    let same = 0;
    while (same < this.#read && this.#tokens[same] === tokens[same]) same++;
    if (same < this.#read) {
      this.#read = same - (same % this.#stride);
      const { room, step } = this.#windows;
      this.#start = this.#read < room ? 0 : step * (Math.floor((this.#read - room) / step) + 1);
    }
    this.#tokens = tokens;
    this.#ends = ends;
  }
}

/** Texts in which some tokenizers join what stands before a white space with it, or mark where a text begins. */
const probes = ["one two", "one!\ntwo", "one\n\ntwo  three", "a1 b2", "ʼtis ... so"];

function isWordwise(tokenizer: Tokenizer): boolean {
  return probes.every((probe) => {
    const apart = [...probe.matchAll(/\s*\S+/g)].flatMap(([word]) => tokenizer.encode(word));
    const whole = tokenizer.encode(probe);
    return apart.length === whole.length && apart.every((token, i) => token === whole[i]);
  });
}
