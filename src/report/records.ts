import { z } from "zod";
import { answerSchema, roleTrialSchema } from "../evaluation/index.ts";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { derivedRecordSchema } from "../records/index.ts";
import { preferenceSchema, rolloutSchema } from "../training/index.ts";

/** A record of a type that the report does not know, such as one of a room to come: counted, not shown. */
const otherSchema = derivedRecordSchema.extend({ type: z.literal("other"), of: z.string() });

const known = [
  ...feedbackRecordSchema.options,
  preferenceSchema,
  rolloutSchema,
  answerSchema,
  roleTrialSchema,
] as const;
const knownTypes = new Set<unknown>(known.map(({ shape }) => shape.type.value));

/** Any record of any stage. */
export const runRecordSchema = z.preprocess(
  (value) => {
    const typed = z.looseObject({ type: z.string() }).safeParse(value);
    if (!typed.success || knownTypes.has(typed.data.type)) return value;
    return { ...typed.data, type: "other", of: typed.data.type };
  },
  z.discriminatedUnion("type", [...known, otherSchema]),
);

export type RunRecord = z.infer<typeof runRecordSchema>;
