import { z } from "zod";
import { finishReasonSchema, SCHEMA_VERSION, usageSchema } from "../../records/index.ts";

/** What is tried, from nothing but the instruction to all that helps. */
export const rungNames = ["plain", "prefill", "grammar", "examples", "examples+prefill", "examples+grammar"] as const;
export type RungName = (typeof rungNames)[number];

/** One answer to one item on one rung, and what was in it. */
export const steeringTrialSchema = z.object({
  type: z.literal("steering-trial"),
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string().min(1),
  itemId: z.string().min(1),
  model: z.string().min(1),
  rung: z.enum(rungNames),
  seed: z.int().min(0),
  /** Which of the wordings of the prompt, from 0 on. */
  format: z.int().min(0),
  repeat: z.int().min(0),
  /** The whole answer, prefill included. */
  said: z.string(),
  /** JSON could be read from it, mended or not. */
  parsed: z.boolean(),
  /** What was read fits the schema. */
  fits: z.boolean(),
  /** Every field is as expected. */
  right: z.boolean(),
  /** It had to be mended before it could be read, or its types changed before it fitted. */
  repaired: z.boolean(),
  refused: z.boolean(),
  /** Why nothing fits; "failed": no answer came, which says nothing about the rung. */
  fault: z.enum(["length", "empty", "no-json", "schema", "failed"]).nullable(),
  issues: z.array(z.string()),
  /** How the beginning was given, on rungs with one. */
  how: z.enum(["native", "template", "asked"]).nullable(),
  finishReason: finishReasonSchema,
  tokens: usageSchema,
});
export type SteeringTrial = z.infer<typeof steeringTrialSchema>;
