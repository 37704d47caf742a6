import { join } from "node:path";
import { z } from "zod";
import { measuredSchema } from "../../statistics/index.ts";
import { foundFormat as format, keepFound, readFound } from "../../storage/index.ts";
import { conditions } from "./records.ts";

const speakerSchema = z.object({ turns: z.int(), silent: z.int(), quotes: z.int(), verified: z.int() });

const foundSchema = z.object({
  format,
  /** Where the questions are from: "harbor", or a file's name. */
  of: z.string(),
  debaters: z.array(z.string()),
  judge: z.string(),
  ...{ rounds: z.int(), bestOf: z.int(), temperature: z.number(), seed: z.int() },
  questions: z.int(),
  conditions: z.partialRecord(
    z.enum(conditions),
    z.object({ accuracy: measuredSchema, undetermined: z.record(z.string(), z.int()) }),
  ),
  consultants: z.object({ right: measuredSchema, wrong: measuredSchema }).nullable(),
  gain: measuredSchema.nullable(),
  way: measuredSchema.nullable(),
  speakers: z.object({ right: speakerSchema, wrong: speakerSchema }),
});

/** The figures of a debate, as a run keeps them. */
export type FoundDebate = z.infer<typeof foundSchema>;

const pathIn = (folder: string): string => join(folder, "debate.json");

/** Keeps the figures in a run's `oversight` folder, or in that of a debate outside a run. */
export const keepDebate = (folder: string, found: Omit<FoundDebate, "format">): boolean =>
  keepFound(pathIn(folder), found);

/** Undefined where no debate was held. @throws PreceptError run-invalid for a damaged file. */
export const readDebate = (folder: string): FoundDebate | undefined => readFound(pathIn(folder), foundSchema);
