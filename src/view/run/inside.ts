import { realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { errnoOf } from "../../errors.ts";

/** Files of a run's folder that the viewer reads. */
const fixedFiles = [
  "manifest.json",
  "summary.json",
  "quality.json",
  "spending.json",
  "constitution.json",
  "check.json",
  "review.jsonl",
];

/** A file of the run is a link that leads out of it. */
export class LeadsOutside extends Error {}

/** @throws LeadsOutside where one of the run's own files, or one of these, is a link to somewhere else. */
export function keepInside(folder: string, files: readonly string[] = []): void {
  const root = realpathSync(folder);
  for (const file of [...fixedFiles, ...files]) {
    const real = realpathOf(join(root, file));
    if (real !== undefined && !real.startsWith(root + sep)) throw new LeadsOutside(`${file} is a link out of the run.`);
  }
}

function realpathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT" || errnoOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
