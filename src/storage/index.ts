/** Files that are written whole, their hashes, locks, and lines in order. */

export { checkpointPlace } from "./checkpoint-place.ts";
export { asFileError, makeFolder, removeTemporaries, writeAll, writeOutput, writeWhole } from "./files.ts";
export { foundFormat, keepFound, namesIn, readFound } from "./found.ts";
export { contentHash, hashFile, hashFolder, hashModel, hashText } from "./hash.ts";
export { IdSet } from "./id-set.ts";
export { canonicalJson, type JsonValue, parseJson, tryJson } from "./json.ts";
export { readJsonLines } from "./json-lines.ts";
export { type Line, linesOfFile } from "./lines.ts";
export { isLocked, type Lock, takeLock } from "./lock.ts";
export { escapeId, quoteWord, shownPath, toFileName } from "./names.ts";
export { type KeyedLine, sortedLines } from "./sorted-lines.ts";
export { decodeText, readBytes, readLines, readText, TextFault, type TextOptions } from "./text.ts";
export { gitCommit, packageRoot, packageVersion } from "./version.ts";
export { sqliteCodeOf, useWriteAheadLog } from "./write-ahead.ts";
