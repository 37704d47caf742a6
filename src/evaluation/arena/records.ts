import { z } from "zod";
import { provenance, usageSchema } from "../../records/index.ts";

const said = { id: z.string(), raw: z.string(), usage: usageSchema };

const verdictSchema = z.discriminatedUnion("outcome", [
  z.object({
    ...said,
    outcome: z.literal("judged"),
    score: z.union([z.literal(0), z.literal(0.5), z.literal(1)]),
    probability: z.number(),
    flipped: z.boolean(),
    isSameText: z.boolean(),
  }),
  z.object({
    ...said,
    outcome: z.literal("undetermined"),
    reason: z.enum([
      "empty",
      "blocked",
      "judge-refused",
      "judge-blocked",
      "judge-truncated",
      "judge-failed",
      "unparsed",
    ]),
  }),
]);

/** One judged pair of answers to one prompt; `model` is the judge's. parents: [first answer, second answer]. */
export const gameSchema = z.object({
  type: z.literal("game"),
  ...provenance,
  aim: z.string(),
  itemId: z.string(),
  first: z.string(),
  second: z.string(),
  verdict: verdictSchema,
});
export type GameRecord = z.infer<typeof gameSchema>;
