export { type ExportTarget, exportTargets, jsonlFormats, pairColumns, traceColumns } from "./formats.ts";
export { type PreferenceRow, preferenceRows, type SftRow, sftRows } from "./rows.ts";
export { type Exported, type ExportOptions, writeExport } from "./write.ts";
