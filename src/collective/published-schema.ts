import { z } from "zod";
import type { Published } from "./published.ts";
import { CONSENSUS_STATES } from "./states.ts";

const count = z.int().min(0);
/** Votes on a statement or a principle, in files. */
export const countsSchema = z.object({ agree: count, pass: count, disagree: count });

const stateSchema = z.enum(CONSENSUS_STATES);
const groupSchema = z.object({
  people: count,
  stability: z.number().nullable(),
  x: z.number(),
  y: z.number(),
  representative: z.array(z.object({ statement: z.string(), direction: z.enum(["agree", "disagree"]) })),
});

/** A result as everybody sees it, in files. */
export const publishedSchema: z.ZodType<Published> = z.object({
  people: count,
  votes: count,
  hashes: z.object({ log: z.string(), configuration: z.string() }),
  state: z.enum(["groups", "no clear groups", "too few people"]),
  groups: z.array(groupSchema.nullable()),
  cells: z.array(z.object({ x: z.number(), y: z.number(), group: count.nullable(), people: count })),
  reach: z.number(),
  statements: z.array(
    z.object({
      id: z.string(),
      all: countsSchema.nullable(),
      groups: z.array(countsSchema.nullable()),
      agreement: stateSchema,
      rejection: stateSchema,
      consensus: z.object({ estimate: z.number(), lower: z.number(), upper: z.number() }).nullable(),
    }),
  ),
});
