/** What a model is to write in a form, asked for and read: first words, examples, sections whole and as they come, JSON, and how well each works. */

export {
  type AskJsonOptions,
  askJson,
  askJsonAll,
  type JsonAnswer,
  type JsonFault,
  type JsonRequest,
  type JsonRung,
} from "./ask-json.ts";
export { findLeaks, refuseLeaks } from "./example-leaks.ts";
export {
  type ChooseOptions,
  chooseExamples,
  type Example,
  type ExampleChoice,
  type ExampleSet,
  examplesAsBlocks,
  examplesAsTurns,
  parseExamples,
} from "./examples.ts";
export { beginningOf, jsonSchemaOf } from "./json-shape.ts";
export * from "./measure/index.ts";
export {
  type Prefilled,
  type PrefillOptions,
  type PrefillRequest,
  type PrefillWay,
  prefillAnswer,
  prefillAnswers,
  prefillWay,
} from "./prefill.ts";
export { type JsonReading, readJson, readJsonObjects } from "./read-json.ts";
export {
  type ReadOptions,
  type Scratchpad,
  type ScratchpadOptions,
  scratchpad,
} from "./scratchpad.ts";
export { type ParsedScratchpad, ScratchpadReader } from "./scratchpad-reader.ts";
export type { StreamPart } from "./shown-text.ts";
export type { TagNames } from "./tags.ts";
