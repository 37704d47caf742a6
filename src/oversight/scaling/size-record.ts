import { join } from "node:path";
import { z } from "zod";
import { foundFormat as format, keepFound, readFound } from "../../storage/index.ts";

/** A rate as it was counted. */
export const countedSchema = z.object({
  successes: z.int().min(0),
  /** 0: nothing could be read, and there is no rate. */
  n: z.int().min(0),
  /** Left out: answers in which nothing could be read. */
  undetermined: z.int().min(0).optional(),
});

/** Anything else that varies: a gap, a mean reward. */
export const gapSchema = z.object({
  value: z.number(),
  /** Standard error. */
  error: z.number().min(0),
  n: z.int().min(1),
});

export const tendencySchema = z.union([countedSchema, gapSchema]);

export const sizeRecordSchema = z.object({
  format,
  kind: z.literal("scaling-size"),
  name: z.string(),
  seed: z.int(),
  /** Hash of how every size of its sweep was trained and measured: steps, amounts, rates. */
  settings: z.string(),
  /** Weights, embeddings included. */
  parameters: z.int().min(1),
  /** Tokens of pre-training that are not padding. */
  tokens: z.int().min(1),
  /** Operations of pre-training, padding included. */
  flops: z.number().positive(),
  /** Wall time of pre-training. */
  seconds: z.number().min(0),
  tendencies: z.record(z.string(), tendencySchema),
  /** What is counted beside them, to read them by. */
  controls: z.record(z.string(), tendencySchema),
});

export type Counted = z.infer<typeof countedSchema>;
export type Gap = z.infer<typeof gapSchema>;
export type Tendency = z.infer<typeof tendencySchema>;
export type SizeRecord = Omit<z.infer<typeof sizeRecordSchema>, "format" | "kind">;

export const isCounted = (tendency: Tendency): tendency is Counted => "successes" in tendency;

/** A finished size of a sweep: one small file, which another machine's sweep takes as done. */
export const sizeFile = (folder: string): string => join(folder, "size.json");

export const keepSize = (folder: string, record: SizeRecord): boolean =>
  keepFound(sizeFile(folder), { kind: "scaling-size", ...record });

/** Undefined where a size is not finished. @throws PreceptError run-invalid for a damaged file. */
export const readSize = (folder: string): SizeRecord | undefined => readFound(sizeFile(folder), sizeRecordSchema);
