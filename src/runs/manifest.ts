import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf, PreceptError } from "../errors.ts";
import { asFileError } from "../storage/index.ts";

/** Raised whenever a run of an older version could no longer be continued. */
export const runFormat = 2;

const jsonRecord = z.record(z.string(), z.json());

export const stageEntrySchema = z.strictObject({
  status: z.enum(["running", "done"]),
  /** Stages whose work it reads. */
  after: z.array(z.string()),
  /** Hash of everything the stage reads; the stage runs again when it changes. */
  inputsHash: z.string(),
  /** sha256 of every records file, by name. */
  records: z.record(z.string(), z.string()),
  /** Checkpoint folders that the stage closed with, by name. */
  checkpoints: z.array(z.string()).default([]),
  /** Seconds of work, over all the processes that worked on the stage (a killed process's last stretch is lost). */
  seconds: z.number(),
  /** The most memory that the process held by the end of the stage. */
  peakMemoryBytes: z.number(),
  /** Client processes that shared its batches, where there were several. */
  shards: z.int().min(1).exactOptional(),
});
export type StageEntry = z.infer<typeof stageEntrySchema>;

export const manifestSchema = z.strictObject({
  format: z.literal(runFormat),
  /** What the run is of: "project", "training", "evaluation", "arena" … */
  kind: z.string().min(1),
  /** What it is of, in a few words: "harbor, preset smoke", "sft of ./model". */
  of: z.string().optional(),
  /** Version of the package that made the run. */
  version: z.string(),
  node: z.string(),
  platform: z.string(),
  /** Commit of the clone that made the run, "-dirty" where its files differed; null for an installed package. */
  gitCommit: z.string().nullable(),
  /** The command as typed, without the program. */
  command: z.string(),
  seed: z.number(),
  /** Every setting of the run. */
  config: jsonRecord,
  /** The models that played a part, by role, as the records name them: a hosted one with its model, once it has said which. */
  models: z.record(z.string(), z.string()).optional(),
  /** What the settings come to: every option of the method. */
  method: z.unknown().optional(),
  /** Hashes of all inputs, by name: constitution, initial model, templates … */
  inputs: z.record(z.string(), z.string()),
  stages: z.record(z.string(), stageEntrySchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** What the caller knows about a run; the rest of the manifest is observed. */
export type ManifestInput = Pick<Manifest, "of" | "seed" | "config" | "method" | "inputs">;

/** The path of a run's manifest. */
export function manifestPath(folder: string): string {
  return join(folder, "manifest.json");
}

/** The manifest of a run, or undefined where there is none. @throws PreceptError run-invalid, run-version, permission. */
export function readManifest(folder: string): Manifest | undefined {
  const path = manifestPath(folder);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw asFileError(error, `Reading ${path}`);
  }
  const describeDamage = (found: string): PreceptError =>
    new PreceptError("run-invalid", {
      attempted: `Reading ${path}`,
      found,
      expected: "the manifest of a run",
      remedy: "use another --out, or remove the folder and run again",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw describeDamage(`damaged JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  const head = z.object({ format: z.number(), version: z.string() }).safeParse(value);
  if (!head.success) throw describeDamage("no format and version in it");
  if (head.data.format !== runFormat) throw versionFault(folder, head.data.version, `run format ${head.data.format}`);
  const result = manifestSchema.safeParse(value);
  if (!result.success) throw describeDamage(z.prettifyError(result.error));
  return result.data;
}

/** The error of a run that another version made. */
export function versionFault(folder: string, version: string, found: string): PreceptError {
  return new PreceptError("run-version", {
    attempted: `Opening the run ${folder}`,
    found: `${found}, made by precept ${version}`,
    expected: `run format ${runFormat} of this version`,
    remedy: `continue it with precept ${version} (npx precept@${version}), or use another --out`,
  });
}
