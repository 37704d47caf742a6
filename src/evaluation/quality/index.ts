export { type ChainMethod, chainWarnings } from "./chain-warnings.ts";
export { entropyBits, type MonitorOptions, QualityMonitor } from "./monitor.ts";
export { TextSample } from "./sample.ts";
export { type Quality, type QualityWarning, qualitySchema, qualityWarningSchema } from "./schema.ts";
export { uselessFrom, uselessShare } from "./useless.ts";
export { qualityBounds } from "./warnings.ts";
