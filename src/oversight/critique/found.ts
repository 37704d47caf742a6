import { statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { estimateSchema } from "../../statistics/index.ts";
import { foundFormat, keepFound, namesIn, readFound } from "../../storage/index.ts";

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
  /** Who read written flaws a second time; absent where nobody had to. */
  verifier: z.string().optional(),
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
          /** Answers that no world can read, before and after: neither flawed nor without a flaw. */
          unreadable: z.tuple([z.int().min(0), z.int().min(0)]).optional(),
        }),
      ),
    })
    .optional(),
});

export type FoundCritique = z.infer<typeof critiqueSchema>;

const folderOf = (run: string): string => join(run, "oversight", "critique");

/** One file for each way of asking, by its key: another wording or critic replaces nothing. */
export const keepCritique = (run: string, key: string, found: Omit<FoundCritique, "format">): boolean =>
  keepFound(join(folderOf(run), `${key}.json`), found);

/** All that was found, the newest first. @throws PreceptError run-invalid for a damaged file. */
export function readCritiques(run: string): FoundCritique[] {
  const folder = folderOf(run);
  return namesIn(folder, "file")
    .filter((name) => /^[0-9a-f]{8}\.json$/u.test(name))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at || (a.path < b.path ? -1 : 1))
    .flatMap(({ path }) => readFound(path, critiqueSchema) ?? []);
}

/** The newest; undefined where nobody looked. @throws PreceptError run-invalid for a damaged file. */
export const readCritique = (run: string): FoundCritique | undefined => readCritiques(run)[0];
