import { closeSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Manifest, type RunListing, runFormat, type StoredRun } from "../../runs/index.ts";
import { isLocked, packageVersion, tryJson } from "../../storage/index.ts";
import { isRecord, textIn } from "../segments/listing.ts";

/** Bytes of a file in which its first line is looked for. */
const headBytes = 2 ** 18;

/** Names of the logs of guards that lie in a folder, in order. */
export function findAuditLogs(folder: string): string[] {
  try {
    const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && isLines(entry.name));
    return names
      .map(({ name }) => name)
      .filter((name) => isAuditLog(join(folder, name)))
      .sort();
  } catch {
    return []; // no folder, or none that can be read
  }
}

const isLines = (name: string): boolean => name.endsWith(".jsonl") && name !== "review.jsonl";

/** Whether the first line of a file is an event of a guard. */
export function isAuditLog(path: string): boolean {
  const head = Buffer.alloc(headBytes);
  const file = openSync(path, "r");
  try {
    const read = readSync(file, head, 0, headBytes, 0);
    const end = head.subarray(0, read).indexOf(10);
    const event = end < 0 ? undefined : tryJson(head.subarray(0, end).toString("utf8"));
    if (!isRecord(event)) return false;
    return ["traceId", "policyHash", "stage", "previous"].every((field) => textIn(event, field) !== undefined);
  } finally {
    closeSync(file);
  }
}

/** Whether a guard holds the log open. */
export const isWritten = (path: string): boolean => isLocked(`${path}.lock`);

/** A log in a list of runs. */
export function listLog(path: string): RunListing {
  const { mtime: changed, size: sizeBytes } = statSync(path);
  return { folder: dirname(path), kind: "guard", of: "log of a guard", stages: [], changed, sizeBytes };
}

/** A log that stands for itself, as a run without stages. */
export function readLogAsRun(path: string): StoredRun {
  const manifest: Manifest = {
    ...{ format: runFormat, kind: "guard", of: "log of a guard", version: packageVersion, gitCommit: null, seed: 0 },
    ...{ node: process.version, platform: process.platform, command: "guard", config: {}, inputs: {}, stages: {} },
  };
  return { folder: dirname(path), name: basename(path), manifest, stages: [], stage: () => undefined };
}
