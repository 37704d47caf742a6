import { join } from "node:path";
import { z } from "zod";
import { estimateSchema } from "../../statistics/index.ts";
import { foundFormat as format, keepFound, readFound } from "../../storage/index.ts";
import type { Baseline } from "./predict.ts";

/** What a tendency is fitted over. */
export const axes = ["parameters", "tokens", "flops", "rl-steps"] as const;
export type ScalingAxis = (typeof axes)[number];

const errorsSchema = z.object({
  ...{ fit: z.number(), constant: z.number(), line: z.number(), "size before": z.number() },
}) satisfies z.ZodType<Readonly<Record<"fit" | Baseline, number>>>;

const predictionSchema = z.object({
  x: z.number(),
  predicted: z.number(),
  /** 95 % of what would be measured there. */
  low: z.number(),
  high: z.number(),
  observed: estimateSchema,
  isInside: z.boolean(),
  errors: errorsSchema,
  dispersion: z.number(),
});

export const fittedTendencySchema = z.object({
  name: z.string(),
  kind: z.enum(["rate", "gap"]),
  form: z.enum(["logistic", "power"]),
  slope: z.number(),
  points: z.array(z.object({ x: z.number(), run: z.string(), seed: z.int().optional(), measured: estimateSchema })),
  /** The fit over the smaller sizes, up to the largest: [x, y]. */
  curve: z.array(z.tuple([z.number(), z.number()])),
  prediction: predictionSchema,
});

export const scalingSchema = z.object({
  format,
  over: z.enum(axes),
  runs: z.array(z.string()),
  /** Names of the runs among them that stand in the folder of the fit. */
  beside: z.array(z.string()).optional(),
  tendencies: z.array(fittedTendencySchema),
  /** Tendencies that could not be fitted, and what to know of the others. */
  notes: z.array(z.string()),
  inside: z.int(),
  /** Means over the tendencies, of rates and gaps alike in their own unit. */
  errors: errorsSchema,
});

export type FittedTendency = z.infer<typeof fittedTendencySchema>;
export type KeptScaling = Omit<z.infer<typeof scalingSchema>, "format">;

const placeOf = (folder: string, over: ScalingAxis): string =>
  join(folder, "oversight", "scaling", `over-${over}.json`);

/** In the folder that the runs stand in. */
export const keepScaling = (folder: string, found: KeptScaling): boolean =>
  keepFound(placeOf(folder, found.over), found);

/** Every axis that was fitted over. @throws PreceptError run-invalid for a damaged file. */
export const readScaling = (folder: string): KeptScaling[] =>
  axes.flatMap((over) => readFound(placeOf(folder, over), scalingSchema) ?? []);

const pressureSchema = z.enum(["best-of-n", "rl"]);
const rowsSchema = z.array(z.array(z.number()));

/** Rewards along a pressure, as they were measured. */
export const courseSchema = z.object({
  format,
  /** Hash of policy, preference model, seed and amounts. */
  key: z.string(),
  pressure: pressureSchema,
  distances: z.array(z.number()),
  proxy: rowsSchema,
  gold: rowsSchema,
});

const fittedCourseSchema = z.object({
  /** Of the preference model. */
  size: z.string(),
  parameters: z.int(),
  comparisons: z.int(),
  pressure: pressureSchema,
  /** Gains over the policy that was pushed, by √KL. */
  points: z.array(z.object({ d: z.number(), proxy: estimateSchema, gold: estimateSchema })).readonly(),
  alpha: estimateSchema,
  beta: estimateSchema,
  peak: z.number().optional(),
  fall: z.object({ from: z.number(), gold: estimateSchema, proxy: estimateSchema }),
  isOveroptimised: z.boolean(),
});

export const overoptimisationSchema = z.object({
  format,
  seed: z.int(),
  prompts: z.int(),
  courses: z.array(fittedCourseSchema),
});

export type KeptOveroptimisation = Omit<z.infer<typeof overoptimisationSchema>, "format">;

const overoptimisationFile = (run: string): string => join(run, "oversight", "scaling", "overoptimisation.json");

export const keepOveroptimisation = (run: string, found: KeptOveroptimisation): boolean =>
  keepFound(overoptimisationFile(run), found);

/** @throws PreceptError run-invalid for a damaged file. */
export const readOveroptimisation = (run: string): KeptOveroptimisation | undefined =>
  readFound(overoptimisationFile(run), overoptimisationSchema);
