import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { DRAFT_FOLDER, DRAFTED_FILE, PROVENANCE_FILE } from "../../collective/drafting/index.ts";
import { type Manifest, type RunListing, runFormat, type StoredRun } from "../../runs/index.ts";
import { packageVersion } from "../../storage/index.ts";

/** The log of a conversation's site. */
export const TOWN_LOG = "log.sqlite";
/** Files of a conversation of the public. Any of them makes a folder one that is no run. */
const ownFiles = [TOWN_LOG, PROVENANCE_FILE, join(DRAFT_FOLDER, DRAFTED_FILE)] as const;
/** Those that it is read from; SQLite writes the log's last events beside it. */
export const townFiles: readonly string[] = [...ownFiles, `${TOWN_LOG}-wal`];

/** Whether a folder holds a conversation of the public: its log, its drafts, or the constitution it ratified. */
export function isTown(folder: string): boolean {
  return !existsSync(join(folder, "manifest.json")) && ownFiles.some((file) => isFile(join(folder, file)));
}

/** Those right inside a folder, in the order of their names. */
export function findTowns(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && isTown(join(folder, entry.name)))
      .map(({ name }) => join(folder, name))
      .sort();
  } catch {
    return []; // no folder, or none that can be read
  }
}

/** Moves with everything that a town's files say. */
export function townState(folder: string): string {
  return JSON.stringify(townFiles.map((file) => [file, statOf(join(folder, file))]));
}

/** A town in a list of runs. */
export function listTown(folder: string): RunListing {
  const stats = townFiles.flatMap((file) => statSync(join(folder, file), { throwIfNoEntry: false }) ?? []);
  const changed = new Date(Math.max(0, ...stats.map(({ mtimeMs }) => mtimeMs)));
  const sizeBytes = stats.reduce((sum, { size }) => sum + size, 0);
  return { folder, kind: "conversation", of: "conversation of the public", stages: [], changed, sizeBytes };
}

/** A town as a run without stages. */
export function readTownAsRun(folder: string): StoredRun {
  const manifest: Manifest = {
    ...{ format: runFormat, kind: "conversation", of: "conversation of the public", version: packageVersion },
    ...{ gitCommit: null, seed: 0, node: process.version, platform: process.platform, command: "collective" },
    ...{ config: {}, inputs: {}, stages: {} },
  };
  return { folder, name: basename(folder), manifest, stages: [], stage: () => undefined };
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

function statOf(path: string): readonly number[] | null {
  const stat = statSync(path, { throwIfNoEntry: false });
  // Reading makes an empty one beside the log.
  return stat === undefined || stat.size === 0 ? null : [stat.mtimeMs, stat.size];
}
