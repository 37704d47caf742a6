import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { canonicalJson, hashFile, makeFolder, parseJson, writeWhole } from "../storage/index.ts";
import { VectorFile } from "./vector-file.ts";

/** What the numbers of an index depend on beside model and examples. */
export const indexSettingsSchema = z.strictObject({
  /** Of projections and drawn labels. */
  seed: z.int(),
  /** k: each linear layer's gradient is kept as k × k numbers. */
  projection: z.int().min(1),
  /** λ over the mean eigenvalue of each weight. */
  damping: z.number().positive(),
  /** Examples that the curvature is fitted on, at most. */
  curvatureExamples: z.int().min(2),
});
export type IndexSettings = z.infer<typeof indexSettingsSchema>;

export const defaultIndexSettings: IndexSettings = { seed: 1, projection: 16, damping: 0.1, curvatureExamples: 2000 };

/** A checkpoint that a training kept on its way. */
const earlierSchema = z.strictObject({
  step: z.int(),
  /** Of the learning rates of all steps, the part of those from the checkpoint before up to this one. */
  share: z.number(),
  hash: z.string(),
});
export type EarlierState = z.infer<typeof earlierSchema>;

const stateSchema = z.strictObject({
  schemaVersion: z.literal(1),
  /** Hash of the checkpoint whose gradients these are. */
  model: z.string(),
  /** sha256 of the examples as they stand in examples.jsonl. */
  examples: z.string(),
  settings: indexSettingsSchema,
  rows: z.int(),
  /** D, and C of the representations. */
  dimensions: z.int(),
  hiddenSize: z.int(),
  /** In order of steps; absent where the training kept its last checkpoint alone. */
  earlier: z.array(earlierSchema).optional(),
  /** sha256 of every file of numbers, once all rows are there. */
  files: z.record(z.string(), z.string()).optional(),
});
export type IndexState = z.infer<typeof stateSchema>;

/** One example's loss (nats), ‖∇ℓ‖², ∇ℓ (H + λ)⁻¹ ∇ℓ, and how many tokens of it are learned. */
export const readingNames = ["loss", "squares", "influences", "tokens"] as const;
export type ReadingName = (typeof readingNames)[number];

export const placesOf = (folder: string) => ({
  state: join(folder, "index.json"),
  examples: join(folder, "examples.jsonl"),
  curvature: join(folder, "curvature"),
});

/** The files of numbers, one row for each line of examples.jsonl. */
export function vectorFiles(folder: string, { dimensions, hiddenSize }: Pick<IndexState, "dimensions" | "hiddenSize">) {
  return {
    tracin: new VectorFile(join(folder, "tracin.bf16"), dimensions, "bfloat16"),
    ekfac: new VectorFile(join(folder, "ekfac.bf16"), dimensions, "bfloat16"),
    repsim: new VectorFile(join(folder, "representations.f32"), hiddenSize, "float32"),
    readings: new VectorFile(join(folder, "readings.f32"), readingNames.length, "float32"),
  };
}

/** ∇ℓ at each earlier checkpoint, by the name of its file. */
export const earlierFiles = (
  folder: string,
  { dimensions, earlier = [] }: Pick<IndexState, "dimensions" | "earlier">,
): [string, VectorFile][] =>
  earlier.map(({ step }) => [
    `tracin-${step}`,
    new VectorFile(join(folder, `tracin-${step}.bf16`), dimensions, "bfloat16"),
  ]);

const allFiles = (folder: string, state: IndexState): [string, VectorFile][] => [
  ...Object.entries(vectorFiles(folder, state)),
  ...earlierFiles(folder, state),
];

/** The state of an index, or undefined where there is none. @throws PreceptError run-invalid for a damaged one. */
export function readIndexState(folder: string): IndexState | undefined {
  const path = placesOf(folder).state;
  if (!existsSync(path)) return undefined;
  return parseJson(readFileSync(path, "utf8"), stateSchema, (found) =>
    indexFault(folder, found, "the state of an index of attribution"),
  );
}

export function writeIndexState(folder: string, state: IndexState): void {
  makeFolder(folder);
  writeWhole(placesOf(folder).state, `${JSON.stringify(state, null, 2)}\n`);
}

/**
 * Removes all that an index holds, but not the lock of whoever makes it anew; last the state, which says what the rest was made
 * with: what a kill leaves of the rest is then no part of an index with other options.
 */
export function emptyIndex(folder: string): void {
  const { state } = placesOf(folder);
  for (const name of readdirSync(folder))
    if (!name.startsWith("run.lock") && join(folder, name) !== state)
      rmSync(join(folder, name), { recursive: true, force: true });
  rmSync(state, { force: true });
}

export function indexFault(folder: string, found: string, expected: string): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Opening the index ${folder}`,
    found,
    expected,
    remedy: "--rebuild makes it anew",
  });
}

/** Whether two indexes hold the same numbers, once both are whole. */
export const isSameIndex = (a: IndexState, b: IndexState): boolean =>
  canonicalJson({ ...a, files: undefined }) === canonicalJson({ ...b, files: undefined });

/** Rows that all files have. */
export const countWholeRows = (folder: string, state: IndexState): number =>
  Math.min(...allFiles(folder, state).map(([, file]) => file.countRows()));

/** sha256 of every file of numbers, by name. */
export async function hashVectors(folder: string, state: IndexState): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const [name, { path }] of allFiles(folder, state)) hashes[name] = await hashFile(path);
  return hashes;
}
