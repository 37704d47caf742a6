import type { Context } from "hono";
import { z } from "zod";
import { draftSchema, PHASES } from "../store/index.ts";
import { MODERATIONS, VOTES } from "../votes.ts";
import { Refusal } from "./refusal.ts";

/** Names what a person did once, so that a double click or a retry after a lost answer counts once. */
const key = z.string().regex(/^[\w-]{8,64}$/);
const id = z.string().min(1).max(200);
const vote = z.enum(VOTES);

export const joinBody = z.strictObject({ invitation: z.string().max(1000).optional() });
export const voteBody = z.strictObject({ statement: id, vote, key });
/** Longer than any statement may be: what is too long is told so, what is far too long is not read. */
export const statementBody = z.strictObject({ text: z.string().max(20_000), language: z.string().max(20), key });
export const similarBody = z.strictObject({ text: z.string().max(20_000) });
export const forgetBody = z.strictObject({ statements: z.boolean() });
export const ratifyBody = z.strictObject({ principle: id, vote, key });
export const moderateBody = z.strictObject({
  statement: id,
  moderation: z.enum(MODERATIONS),
  reason: z.string().max(60).default(""),
  note: z.string().max(1000).default(""),
  key,
});
export const phaseBody = z.strictObject({ phase: z.enum(PHASES), key });
export const draftsBody = z.strictObject({ drafts: z.array(draftSchema).min(1).max(500), key });
export const inviteBody = z.strictObject({
  kind: z.enum(["listed", "open"]),
  count: z.int().min(1).max(5000).default(1),
  days: z.int().min(1).max(366).default(30),
});

/** @throws Refusal not-understood, with what is wrong. */
export async function readBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S>> {
  const parsed = schema.safeParse(await c.req.json().catch(() => undefined));
  if (parsed.success) return parsed.data;
  throw new Refusal("not-understood", z.prettifyError(parsed.error));
}
