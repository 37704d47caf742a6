/** Text to token ids and back. Every id below `vocabularySize` decodes to something. */
export interface Tokenizer {
  readonly vocabularySize: number;
  /** The token that ends a sequence. */
  readonly endToken: number;
  encode(text: string): number[];
  decode(ids: readonly number[]): string;
  /** The id of a whole token as it is written in text, e.g. `idOf("<asst>")`. */
  idOf(token: string): number | undefined;
  /** @throws PreceptError out-of-vocabulary. */
  tokenOf(id: number): string;
  /** All tokens in id order. */
  readonly tokens: readonly string[];
}
