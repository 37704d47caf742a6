export { type BatchOptions, RunningBatch } from "./batch.ts";
export { whyUnsupported } from "./decoder.ts";
export type { Occupancy, SampledToken, SequenceCall, SequenceUpdate } from "./scheduler.ts";
