/** A run is a folder: its manifest, its stages, its logs of records, and how it goes on after a kill. */

export { storedBytes } from "./batch-file.ts";
export { type Batch, batchesFrom, batchesOf, collect, finishBatches } from "./batches.ts";
export { ClientRun, type ClientShare } from "./client-run.ts";
export { findRecord } from "./find-record.ts";
export { type Fleet, isClientAt, writeNotice } from "./fleet.ts";
export {
  type Manifest,
  type ManifestInput,
  manifestSchema,
  readManifest,
  runFormat,
  type StageEntry,
} from "./manifest.ts";
export { peakMemoryBytes } from "./memory.ts";
export { listRuns, overviewOf, type RunListing, type RunOverview, type StageOverview } from "./overview.ts";
export {
  type AnyRecord,
  type FoundRecord,
  findRecords,
  readRun,
  recordsOf,
  type StoredRun,
  type StoredStage,
} from "./read-run.ts";
export { type Identified, RecordLog } from "./record-log.ts";
export { Run, type RunOptions } from "./run.ts";
export { clientName, type Share } from "./share.ts";
export * from "./stage.ts";
export { type MetricsRow, StageWriter } from "./stage-writer.ts";
export { readSummary } from "./summary.ts";
