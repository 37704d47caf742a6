import type { ChatTemplate, SpecialTokens } from "./chat-template.ts";

export interface EncodeOptions {
  /** Whether the tokens that the model expects around a whole text (e.g. a start token) are added. Default false. */
  readonly addSpecialTokens?: boolean;
}

export interface DecodeOptions {
  /** Leaves out tokens that are marks rather than text. Default false. */
  readonly skipSpecialTokens?: boolean;
}

/** Text to token ids and back. Every id below `vocabularySize` decodes to something. */
export interface Tokenizer {
  readonly vocabularySize: number;
  /** The token that ends a sequence. */
  readonly endToken: number;
  /** Every token that ends a generation, `endToken` and what ends a turn among them; absent: the former alone. */
  readonly stopTokens?: readonly number[];
  readonly startToken?: number | undefined;
  readonly padToken?: number | undefined;
  encode(text: string, options?: EncodeOptions): number[];
  decode(ids: readonly number[], options?: DecodeOptions): string;
  /** The id of a whole token as it is written in text, e.g. `idOf("<asst>")`. */
  idOf(token: string): number | undefined;
  /** @throws PreceptError out-of-vocabulary. */
  tokenOf(id: number): string;
  /** All tokens in id order. */
  readonly tokens: readonly string[];
  /** How dialogues are written for this model, where its files say so. */
  readonly chat?: ChatTemplate | undefined;
  /** What a chat template knows of the tokens, one from another file too. */
  readonly specialTokens?: SpecialTokens;
  /** The files that it was read from, by name, when they are another tool's; they are saved as they were. */
  readonly files?: Readonly<Record<string, string>>;
}
