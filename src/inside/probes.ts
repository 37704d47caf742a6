import { join } from "node:path";
import { z } from "zod";
import { estimateSchema } from "../statistics/index.ts";
import { foundFormat as format, keepFound, readFound } from "../storage/index.ts";
import type { Attempt } from "./features.ts";

const figures = z.object({
  ...{ n: z.int(), positives: z.int() },
  ...{ logistic: estimateSchema, difference: estimateSchema, words: estimateSchema, gain: estimateSchema },
});
const figuresSchema = z.object({
  format,
  fitted: z.int(),
  /** "held out", "unseen templates", …: which requests. */
  rows: z.array(z.object({ name: z.string(), figures })),
  alarms: z.object({ kept: z.number(), broken: z.number() }).optional(),
});

const probeSchema = z.object({
  model: z.object({ name: z.string() }),
  ...{ site: z.string(), reading: z.string(), principle: z.string().optional(), labels: z.string() },
  labelled: z.enum(["answers", "requests"]).optional(),
  ...{ threshold: z.number(), falsePositiveRate: z.number() },
});

/** A probe of a run, with what it was measured to know. */
export interface KeptProbe extends Omit<z.infer<typeof probeSchema>, "model"> {
  readonly name: string;
  /** The checkpoint. */
  readonly of: string;
  /** Undefined for a probe of before figures were kept. */
  readonly figures: z.infer<typeof figuresSchema> | undefined;
}

const figuresOf = (folder: string): string => join(folder, "figures.json");

export const keepFigures = (folder: string, found: object): boolean => keepFound(figuresOf(folder), found);

/** Undefined for a folder without a probe. */
export function readProbe(folder: string, name: string, attempt: Attempt): KeptProbe | undefined {
  const probe = attempt(() => readFound(join(folder, "probe.json"), probeSchema));
  if (probe === undefined) return undefined;
  const { model, ...rest } = probe;
  return { name, of: model.name, ...rest, figures: attempt(() => readFound(figuresOf(folder), figuresSchema)) };
}
