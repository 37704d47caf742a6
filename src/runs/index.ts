export { contentHash, hashFile, hashFolder, hashText } from "./hash.ts";
export { canonicalJson, type JsonValue } from "./json.ts";
export { type Manifest, type ManifestInput, manifestSchema, readManifest, type StageEntry } from "./manifest.ts";
export { type Progress, silentProgress } from "./progress.ts";
export { type Identified, RecordLog } from "./record-log.ts";
export { Run, type RunOptions } from "./run.ts";
export { type StageName, stageNames } from "./stage-names.ts";
export { type MetricsRow, StageWriter } from "./stage-writer.ts";
export { gitCommit, packageRoot, packageVersion } from "./version.ts";
