import { z } from "zod";

const count = z.int().min(1);
const place = z.int().min(0);
const share = z.number().min(0);
const bound = z.number().optional();

/** The losses over responses that are drawn while the job runs. */
export const roundLosses = [
  z.strictObject({
    kind: z.literal("grpo"),
    normalisation: z.enum(["response", "token", "constant"]),
    clipLow: share,
    clipHigh: share,
    klCoefficient: share,
    scaleRewards: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("rloo"),
    clip: share,
    klCoefficient: share,
    whitenAdvantages: z.boolean(),
  }),
] as const;

/** What of job.json grpo and rloo have alone. */
export const rolloutsSchema = z.strictObject({
  /** Responses to one prompt of a round. */
  samples: z.int().min(2),
  maxTokens: count,
  temperature: z.number().positive(),
  stopTokens: z.array(place).min(1),
  reward: z.discriminatedUnion("kind", [
    /** Reads the policy's own tokens; `closing` follows a response without its end, and the score is read on the last of them. */
    z.strictObject({
      kind: z.literal("preference-model"),
      name: z.string(),
      place: z.string().min(1),
      meanScore: z.number(),
      closing: z.array(place).min(1),
    }),
    /** Whoever started the process answers on its standard input. */
    z.strictObject({ kind: z.literal("asked"), name: z.string() }),
  ]),
  monitors: z.strictObject({
    maxKlNats: bound,
    minScore: bound,
    minLength: bound,
    maxLength: bound,
    maxBoilerplateRate: bound,
    minReferenceLogprob: bound,
    minEntropyNats: bound,
  }),
  /** Draws the responses, and loads the adapter of each round under this name; its address is without /v1. */
  server: z.strictObject({ address: z.url(), adapter: z.string().min(1) }).optional(),
});

/** A line of plan.jsonl of grpo and rloo; one more than there are steps shows the trained policy. */
export const roundSchema = z.strictObject({
  step: count,
  /** Prompts, places in rows.jsonl, each answered `samples` times in this order. */
  rows: z.array(place).min(1),
  /** Of the random numbers that draw its responses. */
  seed: place,
  /** Responses that each optimizer step learns from. */
  updates: z.array(z.array(place).min(1)),
  rate: share,
});

/** A line of rows.jsonl of grpo and rloo. */
export const questionSchema = z.strictObject({ id: z.string(), prompt: z.array(place).min(1) });

/** A line of rollouts/step-N.jsonl, which the engine writes before it is scored. */
export const drawnSchema = z.strictObject({
  row: place,
  tokens: z.array(place).min(1),
  ended: z.boolean(),
  logprobs: z.array(z.number()),
});

export type PlannedRound = z.infer<typeof roundSchema>;
export type Drawn = z.infer<typeof drawnSchema>;
