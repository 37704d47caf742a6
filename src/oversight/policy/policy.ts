import { z } from "zod";

const text = z.string().regex(/\S/, "a text that says something");
const id = z
  .string()
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "lower-case words joined by hyphens")
  .describe("Lower-case words joined by hyphens");

/** "Less than 1 % of the total training cost": what a policy may let elicitation by training cost at most. */
export const LARGEST_FINE_TUNE = 0.01;

const group = z
  .record(z.string(), z.string())
  .default({})
  .describe("Only items of these groups, e.g. { split: heldOut }");

const measure = z
  .strictObject({
    about: text.optional().describe("Which capability it is, in words for people"),
    suite: text.describe("A suite that `precept evaluate --suite` knows"),
    metric: text.describe("Of the suite; more of it is more of the capability"),
    group,
    elicitation: z
      .strictObject({
        bestOf: z.int().min(2).max(1000).optional().describe("So many answers to each item; the best of them counts"),
        fewShot: z.int().min(1).max(100).optional().describe("At least so many examples before every question"),
        fineTune: z
          .number()
          .positive()
          .max(LARGEST_FINE_TUNE)
          .optional()
          .describe("A fine-tune that costs at most this share of the run's recorded training FLOPs; at most 0.01"),
      })
      .default({})
      .describe("What is tried beside the plain question; the strongest counts"),
  })
  .describe("A capability and how it is measured");

const safeguardSuite = z
  .strictObject({
    suite: text,
    metric: text,
    group,
    max: z.number().optional().describe("The whole 95 % interval must lie at or below it …"),
    min: z.number().optional().describe("… or at or above this"),
  })
  .refine(({ max, min }) => (max === undefined) !== (min === undefined), { message: "one of max and min" });

const level = z
  .strictObject({
    id,
    about: text.optional().describe("What a model of this level could do"),
    above: id.optional().describe("The level that it builds on: its safeguards are required here too"),
    thresholds: z
      .record(z.string(), z.number().positive())
      .default({})
      .describe("By measure: the level is reached unless the upper 95 % bound lies below"),
    safeguards: z
      .strictObject({
        suites: z.array(safeguardSuite).default([]).describe("What must hold of the same checkpoint"),
        gates: z.array(text).default([]).describe("Files of gates that must pass, relative to this file"),
      })
      .default({ suites: [], gates: [] }),
    decides: z.array(text).default([]).describe("Who decides once the level is reached: people or bodies, by name"),
    otherwise: text.optional().describe("What is done until the safeguards stand"),
  })
  .describe("A level of capability and what it requires");

export const scalingPolicySchema = z.strictObject({
  name: text.describe("Of the policy"),
  checkpoint: text.optional().describe("The run's checkpoint that is judged; default its last"),
  evidenceDays: z.int().min(1).optional().describe("What was measured longer ago than this does not count"),
  measures: z.record(z.string(), measure).describe("By name"),
  levels: z.array(level).min(1, "at least one level"),
});

/** Capability thresholds that are fixed in advance, and what is required once one is reached. */
export type ScalingPolicy = z.infer<typeof scalingPolicySchema>;
export type PolicyMeasure = ScalingPolicy["measures"][string];
export type PolicyLevel = ScalingPolicy["levels"][number];
export type SafeguardSuite = PolicyLevel["safeguards"]["suites"][number];

/** The JSON Schema of a scaling policy's YAML, as `schemas/precept.scaling-policy.schema.json` holds it. */
export function scalingPolicyJsonSchema(): unknown {
  return {
    ...z.toJSONSchema(scalingPolicySchema, { target: "draft-2020-12", io: "input" }),
    title: "Precept: a scaling policy",
    description: "Written by `node src/oversight/policy/write-schema.ts` from src/oversight/policy/policy.ts.",
  };
}

/** Whether the YAML of a file that `precept gate` was given is a scaling policy, and not a list of gates. */
export function isScalingPolicy(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("levels" in value || "measures" in value);
}
