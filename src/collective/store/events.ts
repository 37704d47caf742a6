import { z } from "zod";
import { MODERATIONS, VOTES } from "../votes.ts";

const id = z.string().min(1).max(200);
/** Milliseconds since 1970, whole seconds in the log of the site: finer times tell who sat beside whom. */
const at = z.int().min(0);
const vote = z.enum(VOTES);

export const PHASES = ["voting", "closed", "ratification", "ratified"] as const;
/** `closed`: between the first vote and the second; `ratified`: the end. */
export type Phase = (typeof PHASES)[number];

/** A principle that the second vote is about, and the statements that it was drafted from. */
export const draftSchema = z.strictObject({
  id,
  text: z.string().min(1).max(2000),
  statements: z.array(id).readonly(),
});
export type Draft = z.infer<typeof draftSchema>;

/** Everything that can happen in a conversation. The log of these is the only truth; all else is computed from it. */
export const siteEventSchema = z.discriminatedUnion("kind", [
  /** The conversation opens, or goes on under a changed configuration. */
  z.strictObject({ kind: z.literal("configuration"), at, configuration: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    kind: z.literal("statement"),
    at,
    statement: id,
    text: z.string().min(1),
    language: z.string(),
    isSeed: z.boolean(),
    isMeta: z.boolean(),
  }),
  /** Who wrote a statement: apart from it, so that the one can be erased without the other. */
  z.strictObject({ kind: z.literal("author"), at, statement: id, participant: id }),
  /** A statement was put before somebody; `propensity`: the probability with which it was drawn. */
  z.strictObject({ kind: z.literal("served"), at, participant: id, statement: id, propensity: z.number() }),
  z.strictObject({ kind: z.literal("vote"), at, participant: id, statement: id, vote }),
  z.strictObject({
    kind: z.literal("moderation"),
    at,
    statement: id,
    moderation: z.enum(MODERATIONS),
    /** A reason of the published policy; "" for what was accepted. */
    reason: z.string(),
    note: z.string(),
  }),
  z.strictObject({ kind: z.literal("phase"), at, phase: z.enum(PHASES) }),
  z.strictObject({ kind: z.literal("drafts"), at, drafts: z.array(draftSchema).readonly() }),
  z.strictObject({ kind: z.literal("ratification"), at, participant: id, principle: id, vote }),
  /** Somebody's events were erased: how many, never whose. */
  z.strictObject({ kind: z.literal("deletion"), at, erased: z.int().min(0) }),
  /** A result was shown, computed from the log up to `upTo`; `result`: its SHA-256. */
  z.strictObject({ kind: z.literal("published"), at, upTo: z.int().min(0), head: z.string(), result: z.string() }),
]);
export type SiteEvent = z.infer<typeof siteEventSchema>;
