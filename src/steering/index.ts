/** What a model was asked to write in a form, read from it: sections, whole and as they come, and JSON. */

export { type JsonReading, readJson, sliceJson } from "./read-json.ts";
export {
  type ReadOptions,
  type Scratchpad,
  type ScratchpadOptions,
  scratchpad,
} from "./scratchpad.ts";
export { type ParsedScratchpad, ScratchpadReader } from "./scratchpad-reader.ts";
export type { StreamPart } from "./shown-text.ts";
export type { TagNames } from "./tags.ts";
