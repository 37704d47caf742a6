import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { readRecords } from "../records/index.ts";
import { type Manifest, readManifest, type StageEntry } from "./manifest.ts";
import { orderedStages } from "./stage.ts";

/** A stage of a run, as it stands on disk. */
export interface StoredStage {
  readonly name: string;
  readonly folder: string;
  readonly entry: StageEntry;
  /** Names of its records files: "records" stands for records.jsonl. */
  readonly recordFiles: readonly string[];
  /** Checked records of one file, by default "records"; none where there is no such file. @throws PreceptError run-invalid. */
  records<T>(schema: z.ZodType<T>, file?: string): AsyncIterable<T>;
}

/** A run of any kind, read without opening it. */
export interface StoredRun {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  readonly manifest: Manifest;
  /** Each behind those that it comes after. */
  readonly stages: readonly StoredStage[];
  stage(name: string): StoredStage | undefined;
}

/** Reads a run for looking at it. @throws PreceptError usage where there is no run; run-invalid, run-version, permission. */
export function readRun(folder: string): StoredRun {
  const path = resolve(folder);
  const manifest = readManifest(path);
  if (manifest === undefined) {
    throw new PreceptError("usage", {
      attempted: `Reading the run ${folder}`,
      found: existsSync(path) ? "no manifest.json" : "no such folder",
      expected: "the folder of a run",
      remedy: "precept runs lists the runs in ./runs, precept runs FOLDER those in another folder",
    });
  }
  const stages = orderedStages(manifest).flatMap((name) => {
    const entry = manifest.stages[name];
    return entry === undefined ? [] : [storedStage(join(path, name), name, entry)];
  });
  const byName = new Map(stages.map((stage) => [stage.name, stage]));
  return { folder: path, name: basename(path), manifest, stages, stage: (name) => byName.get(name) };
}

/** Any record of any file of a stage: it has an id. */
export const anyRecordSchema = z.looseObject({ id: z.string() });
export type AnyRecord = z.infer<typeof anyRecordSchema>;

export interface FoundRecord {
  readonly stage: string;
  readonly file: string;
  readonly record: AnyRecord;
}

/** Every record of a run, stage by stage, streamed. */
export async function* recordsOf(run: StoredRun): AsyncGenerator<FoundRecord, void, undefined> {
  for (const stage of run.stages) {
    for (const file of stage.recordFiles) {
      for await (const record of stage.records(anyRecordSchema, file)) yield { stage: stage.name, file, record };
    }
  }
}

/** The records with these ids, by id. */
export async function findRecords(run: StoredRun, ids: ReadonlySet<string>): Promise<Map<string, FoundRecord>> {
  const found = new Map<string, FoundRecord>();
  if (ids.size === 0) return found;
  for await (const one of recordsOf(run)) {
    if (ids.has(one.record.id)) found.set(one.record.id, one);
    if (found.size === ids.size) break;
  }
  return found;
}

function storedStage(folder: string, name: string, entry: StageEntry): StoredStage {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  // A stage's own records before what they were made from, e.g. answers before they were judged.
  const recordFiles = Object.keys(entry.records)
    .filter((file) => files.includes(`${file}.jsonl`))
    .sort((a, b) => Number(b === "records") - Number(a === "records"));
  return {
    name,
    folder,
    entry,
    recordFiles,
    async *records(schema, file = "records") {
      const path = join(folder, `${file}.jsonl`);
      if (existsSync(path)) yield* readRecords(path, schema);
    },
  };
}
