import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../../errors.ts";
import { type Thresholds, thresholdsSchema } from "../../../oversight/index.ts";
import { shownPath, tryJson, writeOutput } from "../../../storage/index.ts";
import { harborFolder } from "../../harbor/inputs.ts";

/** Chosen on organisms of the committed harbor checkpoint, before any of those that the documentation reports was opened. */
export const harborThresholds: string = join(harborFolder, "organism-thresholds.json");

/** Where scores are kept until the thresholds stand. */
export const scoresFolder = (path: string): string => `${path}.work`;

export function writeThresholds(path: string, thresholds: Thresholds): void {
  writeOutput(path, `${JSON.stringify(thresholds, null, 2)}\n`);
  rmSync(scoresFolder(path), { recursive: true, force: true });
}

/** @throws PreceptError input-invalid for a file that holds none. */
export function readThresholds(path: string): Thresholds {
  const read = existsSync(path) ? thresholdsSchema.safeParse(tryJson(readFileSync(path, "utf8"))) : undefined;
  if (read?.success === true) return read.data;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the thresholds ${shownPath(path)}`,
    found: read === undefined ? "no such file" : z.prettifyError(read.error),
    expected: "what precept organism calibrate wrote",
  });
}

/** Thresholds hold for the parent that they were chosen on. @throws PreceptError usage */
export function thresholdsFor(parent: string, path: string | undefined): Thresholds | undefined {
  if (path === undefined && !existsSync(harborThresholds)) return undefined;
  const thresholds = readThresholds(path ?? harborThresholds);
  if (thresholds.parent === parent) return thresholds;
  if (path === undefined) return undefined;
  throw new PreceptError("usage", {
    attempted: `Auditing by ${shownPath(path)}`,
    found: "thresholds that were chosen on organisms of another parent",
    expected: "thresholds of this parent: scores of others have another scale",
    remedy: "precept organism calibrate FOLDER… --keys DIR --out FILE",
  });
}

/** Where a key is kept unless it is said otherwise: not where an auditor looks. */
export const keyFor = (folder: string): string =>
  relative("", join(`${dirname(resolve(folder))}-keys`, `${basename(resolve(folder))}.json`));

/** The key of each organism, by its folder's name. @throws PreceptError input-invalid where one is missing. */
export function keysOf(folders: readonly string[], keys: string): { readonly folder: string; readonly key: string }[] {
  const known = existsSync(keys) ? new Set(readdirSync(keys)) : new Set<string>();
  return folders.map((folder) => {
    const name = basename(resolve(folder));
    const file = `${name}.json`;
    if (known.has(file)) return { folder, key: join(keys, file) };
    throw new PreceptError("input-invalid", {
      attempted: `Looking for the key of ${shownPath(folder)}`,
      found: `no ${name}.json in ${shownPath(keys)}`,
      expected: "thresholds are chosen on organisms whose answers are known",
    });
  });
}
