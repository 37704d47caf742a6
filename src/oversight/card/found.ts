import { join } from "node:path";
import { z } from "zod";
import { measuredSchema } from "../../statistics/index.ts";
import { foundFormat, keepFound, readFound } from "../../storage/index.ts";

/** Where a figure stands: a file of the run, and the keys to it. */
const sourceSchema = z.object({ file: z.string(), keys: z.array(z.union([z.string(), z.int()])) });
export type FigureSource = z.infer<typeof sourceSchema>;

export const areaIds = ["harm", "over-refusal", "bias", "sycophancy", "power-seeking", "knowledge", "other"] as const;
export type AreaId = (typeof areaIds)[number];

export const cardFigureSchema = z.object({
  area: z.enum(areaIds),
  /** The suite, and the part of it. */
  suite: z.string(),
  metric: z.string(),
  kind: z.enum(["rate", "mean"]),
  /** What else a reader must know, e.g. how many labels of the suite are right. */
  note: z.string().optional(),
  measured: measuredSchema,
  source: sourceSchema,
});
export type CardFigure = z.infer<typeof cardFigureSchema>;

const departureSchema = z.object({
  principle: z.string(),
  text: z.string(),
  measured: measuredSchema,
  source: sourceSchema,
  examples: z.array(z.object({ id: z.string(), request: z.string(), response: z.string() })),
});
export type Departure = z.infer<typeof departureSchema>;

const usageSchema = z.object({
  file: z.string(),
  requests: z.int(),
  /** Different users, where the file names any; each cell then has at least `least` of them. */
  users: z.int().optional(),
  /** Topics of at least `least` requests; the others stand together. */
  topics: z.array(z.object({ topic: z.string(), requests: z.int() })),
  least: z.int(),
  how: z.string(),
});
export type Usage = z.infer<typeof usageSchema>;

const factSchema = z.object({ name: z.string(), value: z.string(), source: sourceSchema.optional() });
export type CardFact = z.infer<typeof factSchema>;

/** What a model card says, each figure with the place of its record. */
export const cardSchema = z.object({
  format: foundFormat,
  name: z.string(),
  checkpoint: z.string(),
  hash: z.string(),
  licence: z.string().optional(),
  /** What loads the checkpoint's folder, by the hub's name for it; absent where nothing else does. */
  library: z.enum(["transformers", "peft"]).optional(),
  /** What an adapter stands on, where it has a name on the hub. */
  baseModel: z.string().optional(),
  facts: z.array(factSchema),
  figures: z.array(cardFigureSchema),
  departures: z.array(departureSchema),
  /** Principles of which a departure was looked for. */
  principles: z.int(),
  unmeasured: z.array(z.object({ what: z.string(), how: z.string() })),
  /** Results in the run that are of another model or state. */
  leftOut: z.array(z.object({ suite: z.string(), of: z.string(), file: z.string() })),
  usage: usageSchema.optional(),
  decisions: z.array(
    z.object({
      at: z.string(),
      policy: z.string(),
      outcome: z.string(),
      decision: z.string().optional(),
      hash: z.string(),
    }),
  ),
});
export type FoundCard = z.infer<typeof cardSchema>;

const pathOf = (run: string): string => join(run, "oversight", "card.json");

/** Keeps a card in its run; false where nobody may write there. */
export const keepCard = (run: string, card: Omit<FoundCard, "format">): boolean => keepFound(pathOf(run), card);

/** The card that a run keeps. @throws PreceptError run-invalid for a damaged file. */
export const readCard = (run: string): FoundCard | undefined => readFound(pathOf(run), cardSchema);
