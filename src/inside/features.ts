import { join } from "node:path";
import { z } from "zod";
import { estimateSchema } from "../statistics/index.ts";
import { foundFormat as format, keepFound, namesIn, readFound } from "../storage/index.ts";

const side = z.enum(["request", "answer"]);
const numbers = z.array(z.number());
const f1Schema = z.object({ f1: z.number(), low: z.number(), high: z.number() });

/** What `precept features evaluate` found. */
export const evaluationSchema = z.object({
  format,
  loss: z.object({
    ...{ model: z.number(), rebuilt: z.number(), meanAblated: z.number(), zeroAblated: z.number() },
    recovered: estimateSchema,
    ...{ recoveredAgainstZero: z.number(), unexplained: z.number(), l0: z.number(), tokens: z.int() },
  }),
  ...{ size: z.int(), silent: z.int(), ultralow: z.int() },
  attributes: z.array(
    z.object({
      ...{ group: z.string(), name: z.string(), side },
      /** By finder: "feature", "probe", … */
      best: z.record(z.string(), f1Schema.extend({ unit: z.int(), n: z.int(), positives: z.int() })),
    }),
  ),
});
export type KeptEvaluation = z.infer<typeof evaluationSchema>;

const effects = z.array(z.object({ token: z.string(), effect: z.number() }));

/** A feature's page, as `precept features show` prints it. */
export const featureSchema = z.object({
  format,
  address: z.string(),
  page: z.object({
    ...{ feature: z.int(), tokens: z.int(), density: z.number(), max: z.number(), mean: z.number() },
    histogram: numbers,
    examples: z.array(
      z.object({
        interval: z.union([z.literal("top"), z.int()]),
        tokens: z.array(z.string()),
        ...{ activations: numbers, effects: numbers, peak: z.int() },
      }),
    ),
    logits: z.object({ up: effects, down: effects }),
    neurons: z.array(z.object({ neuron: z.int(), correlation: z.number() })),
  }),
  attribute: f1Schema
    .extend({ group: z.string(), name: z.string(), side, max: z.number(), holds: numbers, others: numbers })
    .optional(),
  explanation: z
    .object({ text: z.string(), score: estimateSchema.optional(), undetermined: z.int(), by: z.string().optional() })
    .optional(),
  twin: z.object({ dictionary: z.string(), feature: z.int(), correlation: z.number() }).optional(),
});
export type KeptFeature = z.infer<typeof featureSchema>;

const rates = z.object({ before: z.number(), after: z.number() });
const changedSchema = rates.extend({
  feature: z.int(),
  side,
  difference: z.object({ estimate: z.number(), low: z.number(), high: z.number() }),
  q: z.number(),
  groups: z.array(rates.extend({ group: z.string(), n: z.int() })),
  examples: z.array(z.object({ request: z.string(), before: z.string(), after: z.string() })),
});
const reviewedSchema = z.object({
  ...{ feature: z.int(), principle: z.string() },
  effect: z.object({ own: z.number(), other: z.number(), n: z.int() }),
  causes: z.array(
    z.object({ id: z.string(), principleId: z.string().nullable(), activation: z.number(), text: z.string() }),
  ),
  shares: z.array(z.object({ principleId: z.string(), share: z.number(), n: z.int() })),
});

/** What `precept features diff` found of two checkpoints. */
export const diffSchema = z.object({
  format,
  ...{ before: z.string(), after: z.string(), n: z.int(), features: z.int() },
  changed: z.array(changedSchema),
  review: z.array(reviewedSchema).optional(),
});
export type KeptDiff = z.infer<typeof diffSchema>;

/** Of a dictionary's cfg.json, what a page says of it. */
const configSchema = z
  .object({
    d_sae: z.int(),
    metadata: z.object({
      ...{ hook_name: z.string(), hook_name_out: z.string().optional() },
      precept: z.object({
        models: z.array(z.object({ name: z.string(), hash: z.string() })),
        ...{ kind: z.string(), k: z.number(), l1: z.number(), seed: z.int(), rows: z.int() },
        ...{ steps: z.int(), batch: z.int(), unexplained: z.number(), l0: z.number(), dead: z.int() },
      }),
    }),
  })
  .transform(({ d_sae: size, metadata: { hook_name: site, hook_name_out: rebuilt, precept } }) => {
    const { models, steps, batch, rows: _rows, ...rest } = precept;
    return { ...rest, size, site, rebuilt, read: steps * batch, models: models.map(({ name }) => name) };
  });
export type DictionaryCard = z.infer<typeof configSchema>;

const placesOf = (folder: string) => ({
  config: join(folder, "cfg.json"),
  evaluation: join(folder, "evaluation.json"),
  diff: join(folder, "diff.json"),
  pages: join(folder, "pages"),
});
const pageOf = (folder: string, feature: number): string => join(placesOf(folder).pages, `${feature}.json`);

export const keepEvaluation = (folder: string, found: object): boolean => keepFound(placesOf(folder).evaluation, found);
export const keepDiff = (folder: string, found: object): boolean => keepFound(placesOf(folder).diff, found);

/** Keeps a page; what a model said of the feature, and its twin, stay from before where the new page has none. */
export function keepFeature(folder: string, feature: number, found: object): boolean {
  const { explanation, twin } = readFeature(folder, feature) ?? {};
  const given = Object.entries(found).filter(([, value]) => value !== undefined);
  return keepFound(pageOf(folder, feature), { explanation, twin, ...Object.fromEntries(given) });
}

/** @throws PreceptError run-invalid for a damaged page. */
export function readFeature(folder: string, feature: number): KeptFeature | undefined {
  return readFound(pageOf(folder, feature), featureSchema);
}

/** A dictionary of a run with all that was found of it. */
export interface KeptDictionary {
  readonly name: string;
  readonly folder: string;
  readonly card: DictionaryCard;
  readonly evaluation: KeptEvaluation | undefined;
  readonly diff: KeptDiff | undefined;
  /** Numbers of the features whose pages are kept. */
  readonly pages: readonly number[];
}

/** Reads a file, or says what is wrong with it elsewhere and goes on without. */
export type Attempt = <T>(read: () => T | undefined) => T | undefined;

/** Undefined for a folder without a dictionary that is finished. */
export function readDictionary(folder: string, name: string, attempt: Attempt): KeptDictionary | undefined {
  const places = placesOf(folder);
  const card = attempt(() => readFound(places.config, configSchema));
  if (card === undefined) return undefined;
  const numbered = namesIn(places.pages, "file").flatMap((file) => /^(\d+)\.json$/u.exec(file)?.slice(1) ?? []);
  return {
    ...{ name, folder, card },
    evaluation: attempt(() => readFound(places.evaluation, evaluationSchema)),
    diff: attempt(() => readFound(places.diff, diffSchema)),
    pages: numbered.map(Number).sort((a, b) => a - b),
  };
}
