import { z } from "zod";
import { probabilitySchema } from "../../records/index.ts";

/** Why a statement is in the suite's pool, or not. */
export const outcomes = ["kept", "duplicate", "unsure", "disputed", "unchecked"] as const;

/** One statement that a writer wrote, and what the check said of it. */
export const statementSchema = z.object({
  type: z.literal("suite-statement"),
  id: z.string(),
  text: z.string(),
  /** The side that the writer was asked for. */
  asked: z.enum(["matching", "notMatching"]),
  matching: probabilitySchema,
  notMatching: probabilitySchema,
  /** "unsure": the check is below the least confidence on both sides; "disputed": it is sure of the other side; "unchecked": it gave no answer. */
  outcome: z.enum(outcomes),
});
export type StatementRecord = z.infer<typeof statementSchema>;

/** The side on which a kept statement stands. */
export const suiteSideOf = ({ matching, notMatching }: Pick<StatementRecord, "matching" | "notMatching">) =>
  matching >= notMatching ? "matching" : "notMatching";
