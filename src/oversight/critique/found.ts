import { join } from "node:path";
import { z } from "zod";
import { estimateSchema } from "../../statistics/index.ts";
import { foundFormat, keepFound, readFound } from "../../storage/index.ts";

const figures = {
  level: z.int().min(1),
  recall: estimateSchema.optional(),
  precision: estimateSchema.optional(),
  falseAlarms: estimateSchema.optional(),
  unclear: z.int().min(0),
};
const gain = z.object({
  level: z.int().min(2),
  recall: estimateSchema.optional(),
  falseAlarms: estimateSchema.optional(),
  precision: z.number().optional(),
  isKept: z.boolean(),
});

/** What critics found in tampered answers and in a model's own, level by level. */
const critiqueSchema = z.object({
  format: foundFormat,
  critic: z.string(),
  levels: z.int().min(1),
  seed: z.int(),
  tamper: z.object({
    /** "world": put in exactly; "model": written by a model; "file": a person's pairs. */
    source: z.enum(["world", "model", "file"]),
    wording: z.string().optional(),
    pairs: z.int().min(0),
    /** Pairs in which a second reading did not find the flaw, and which are left out. */
    unverified: z.int().min(0),
    rows: z.array(z.object({ principle: z.string(), ...figures })),
    all: z.array(z.object(figures)),
    gains: z.array(gain),
  }),
  answers: z
    .object({
      of: z.string(),
      n: z.int().min(1),
      /** Against the world's truth; absent where there is none. */
      figures: z.array(z.object(figures)),
      gains: z.array(gain),
      /** Answers that a level had revised, and, where the truth is known, those with a flaw before and after. */
      revised: z.array(
        z.object({
          level: z.int().min(1),
          revised: z.int().min(0),
          before: estimateSchema.optional(),
          after: estimateSchema.optional(),
        }),
      ),
    })
    .optional(),
});

export type FoundCritique = z.infer<typeof critiqueSchema>;

const pathOf = (run: string): string => join(run, "oversight", "critique.json");

export const keepCritique = (run: string, found: Omit<FoundCritique, "format">): boolean =>
  keepFound(pathOf(run), found);

/** Undefined where nobody looked. @throws PreceptError run-invalid for a damaged file. */
export const readCritique = (run: string): FoundCritique | undefined => readFound(pathOf(run), critiqueSchema);
