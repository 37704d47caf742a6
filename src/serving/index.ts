/** OpenAI's protocol over any language model. */

export { type AnyModelOptions, serveLanguageModel } from "./any-model.ts";
export { type GeneratedText, type GenerationSettings, generateText, generateTexts } from "./generate-texts.ts";
export { type OpenServedOptions, openServedModel } from "./open-served.ts";
export type * from "./served-model.ts";
export { type ServeOptions, type Server, servedFetch, startServer } from "./server.ts";
