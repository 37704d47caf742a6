export type { Tokenizer } from "./tokenizer.ts";
export { formatTokenizer, loadTokenizer, parseTokenizer } from "./tokenizer-file.ts";
export { byteToken, type WordTokenizerOptions, wordTokenizer } from "./word-tokenizer.ts";
