export { asFileError, makeFolder, removeTemporaries, writeAll, writeOutput, writeWhole } from "./files.ts";
export { contentHash, hashFile, hashFolder, hashText } from "./hash.ts";
export { IdSet } from "./id-set.ts";
export { canonicalJson, type JsonValue, parseJson, tryJson } from "./json.ts";
export { linesOfFile, linesOfStream } from "./lines.ts";
export { type Lock, takeLock } from "./lock.ts";
export { type KeyedLine, sortedLines } from "./sorted-lines.ts";
export { gitCommit, packageRoot, packageVersion } from "./version.ts";
