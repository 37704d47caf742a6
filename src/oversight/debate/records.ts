import { z } from "zod";
import { missingSchema, probabilitySchema } from "../../records/index.ts";

/** What the judge had: nothing, one side, both sides, the passage, or the marks of both sides' quotations alone. */
export const conditions = ["blind", "consultancy", "debate", "full-sight", "marks"] as const;
export type Condition = (typeof conditions)[number];

const turnSchema = z.object({
  side: z.enum(["A", "B"]),
  round: z.int().min(1),
  text: z.string(),
  quotes: z.array(z.object({ text: z.string(), isVerified: z.boolean() })),
});

/** One question before the judge, in one order of the letters. */
export const hearingRecordSchema = z.object({
  type: z.literal("debate-hearing"),
  id: z.string().min(1),
  questionId: z.string().min(1),
  condition: z.enum(conditions),
  /** Whether A stands for the second answer. */
  isSwapped: z.boolean(),
  /** Whether the second debater argues for the first answer; false with one debater, who argues for both. */
  isReassigned: z.boolean(),
  /** Place of the answer that the consultant argues for. */
  advocates: z.union([z.literal(0), z.literal(1)]).nullable(),
  turns: z.array(turnSchema),
  /** P(the first answer is right), by the judge; null where no letter could be read. */
  probability: probabilitySchema.nullable(),
  /** Why there is no verdict. */
  missing: missingSchema.nullable(),
  /** Place of the right answer, for the figures. */
  right: z.union([z.literal(0), z.literal(1)]),
});
export type HearingRecord = z.infer<typeof hearingRecordSchema>;
