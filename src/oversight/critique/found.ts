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
  /** When it was asked; absent in what an earlier version wrote. */
  measured: z.iso.datetime().optional(),
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

const fileOf = (run: string, key: string): string => join(folderOf(run), `${key}.json`);

/** One file for each way of asking, by its key: another wording or critic replaces nothing. */
export const keepCritique = (run: string, key: string, found: Omit<FoundCritique, "format">): boolean =>
  keepFound(fileOf(run, key), found);

/** When a way of asking was first at its end: the same again asks nothing, and is no newer. @throws PreceptError as `readCritiques`. */
export const critiqueDate = (run: string, key: string): string | undefined =>
  readFound(fileOf(run, key), critiqueSchema)?.measured;

/** All that was found, by what each says of when it was asked: the newest first, undated ones last. @throws PreceptError run-invalid for a damaged file. */
export function readCritiques(run: string): FoundCritique[] {
  const folder = folderOf(run);
  return namesIn(folder, "file")
    .filter((name) => /^[0-9a-f]{8}\.json$/u.test(name))
    .sort()
    .flatMap((name) => readFound(join(folder, name), critiqueSchema) ?? [])
    .sort((a, b) => Date.parse(b.measured ?? "1970-01-01") - Date.parse(a.measured ?? "1970-01-01"));
}

/** The newest; undefined where nobody looked. @throws PreceptError run-invalid for a damaged file. */
export const readCritique = (run: string): FoundCritique | undefined => readCritiques(run)[0];
