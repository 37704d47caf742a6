import { z } from "zod";
import { missingSchema, probabilitySchema, provenance } from "../../records/index.ts";
import { scopes } from "./fidelity.ts";

/** The answer to one question of entailment: the probability of yes, null where there was no answer and `missing` says why. */
const answerSchema = z.object({ yes: probabilitySchema.nullable(), missing: missingSchema.optional() });
export type EntailmentAnswer = z.infer<typeof answerSchema>;

const entailmentSchema = z.object({ "statement to principle": answerSchema, "principle to statement": answerSchema });
export type Entailment = z.infer<typeof entailmentSchema>;

const checksSchema = z.object({
  polarity: z.enum(["same", "turned", "unclear"]),
  scope: z.enum(scopes),
  lost: z.array(z.string()),
  added: z.array(z.string()),
});
export type Checks = z.infer<typeof checksSchema>;

/** What became of one demand of a statement: its principle, who wrote it, what was checked, and what was refused before. */
export const draftedStatementSchema = z.object({
  type: z.literal("drafted-statement"),
  ...provenance,
  statement: z.string().min(1),
  /** The demand that the principle is written of: the statement, or one of its parts. */
  demand: z.string().min(1),
  parts: z.int().min(1),
  /** Whether it asks for several things at once, by the model; null where no rule saw a sign of it. It stays one principle. */
  several: answerSchema.nullable(),
  principle: z.string().nullable(),
  critiqueRequest: z.string().optional(),
  revisionRequest: z.string().optional(),
  by: z.enum(["model", "plain", "nobody"]),
  checks: checksSchema.nullable(),
  /** Of the principle that was taken. */
  entailment: entailmentSchema.nullable(),
  /** What the model wrote and why it was not taken. */
  refused: z
    .object({
      text: z.string(),
      fault: z.string(),
      checks: checksSchema.nullable(),
      entailment: entailmentSchema.nullable(),
    })
    .optional(),
});
export type DraftedStatement = z.infer<typeof draftedStatementSchema>;
