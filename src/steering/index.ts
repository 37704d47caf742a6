/** Words put in the model's mouth and read from it: scratchpads of sections, whole and as they come. */

export {
  type ReadOptions,
  type Scratchpad,
  type ScratchpadOptions,
  scratchpad,
} from "./scratchpad.ts";
export { type ParsedScratchpad, ScratchpadReader } from "./scratchpad-reader.ts";
export type { StreamPart } from "./shown-text.ts";
export type { TagNames } from "./tags.ts";
