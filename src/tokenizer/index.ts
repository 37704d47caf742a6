/** Text to ids and back: words, any tokenizer.json, GGUF vocabularies, chat templates. */

export {
  type AnswerFrame,
  type ChatMessage,
  type ChatOptions,
  type ChatTemplate,
  chatTemplate,
  frameOf,
} from "./chat-template.ts";
export { huggingFaceTokenizer, tokenizerFiles } from "./hugging-face-tokenizer.ts";
export { tokenBytes } from "./token-bytes.ts";
export type { DecodeOptions, EncodeOptions, Tokenizer } from "./tokenizer.ts";
export { formatTokenizer, formatTokenizerFiles, parseTokenizer, parseTokenizerFiles } from "./tokenizer-file.ts";
export { byteToken, type WordTokenizerOptions, wordTokenizer } from "./word-tokenizer.ts";
