import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { measuredSchema } from "../../statistics/index.ts";
import { benchmarkSummarySchema } from "../benchmark/summary.ts";
import { comparisonSchema } from "../compare/comparison-schema.ts";

/** The name of the file in which a check keeps what came out, in its own folder or in that of a run. */
export const checkFileName = "check.json";

const version = 1;

/** What a check says of one principle, or of all together. */
export const checkOutcomeSchema = z.object({
  /** Undefined for all together. */
  principleId: z.string().optional(),
  word: z.enum(["fine", "broken", "cannot tell"]),
  /** Of the rate, and whether the configuration names it. */
  limit: z.number(),
  isGated: z.boolean(),
  why: z.string(),
  /** Answers that broke it, among those where it was at stake. */
  rate: measuredSchema.optional(),
  /** Answers where it was at stake, among all; undefined for all together. */
  atStake: measuredSchema.optional(),
  /** Answers with it at stake that would tell, where more of the same would. */
  answersToTell: z.number().optional(),
});
export type CheckOutcome = z.infer<typeof checkOutcomeSchema>;

const breakSchema = z.object({
  principleId: z.string(),
  /** Id of the answer's record. */
  id: z.string(),
  /** What the person said last. */
  request: z.string(),
  /** Turns of the person before it. */
  earlierTurns: z.int(),
  response: z.string(),
  quote: z.string(),
  why: z.string(),
});
/** An answer that broke a principle, and the words of it that say so. */
export type Break = z.infer<typeof breakSchema>;

const spentSchema = z.object({
  model: z.string().optional(),
  calls: z.int(),
  cached: z.int(),
  promptTokens: z.number(),
  completionTokens: z.number(),
  cost: z.number().optional(),
});

const checkFileSchema = z.object({
  schemaVersion: z.literal(version),
  constitution: z.object({
    name: z.string(),
    hash: z.string(),
    principles: z.array(z.object({ id: z.string(), text: z.string() })),
  }),
  /** When it was judged, ISO 8601. */
  date: z.string(),
  command: z.string(),
  /** The model that reads the answers. */
  judge: z.string(),
  prompts: z.object({ redTeam: z.int(), helpful: z.int(), dialogues: z.int() }),
  /** Which answers were judged, where that needs saying. */
  about: z.string().optional(),
  samples: z.int(),
  subjects: z.array(
    z.object({
      name: z.string(),
      /** Of the run of its answers, from the folder of this file; and of its records. */
      folder: z.string(),
      records: z.string(),
      summary: benchmarkSummarySchema,
      /** All principles together, then each by itself. */
      outcomes: z.array(checkOutcomeSchema),
      /** Answers that broke a principle. */
      breaks: z.array(breakSchema),
      /** The configuration's gates alone. */
      gates: z.array(
        z.object({
          name: z.string(),
          outcome: z.enum(["pass", "regression", "not-enough-evidence"]),
          n: z.int(),
          undetermined: z.int(),
          why: z.string(),
        }),
      ),
    }),
  ),
  /** What is known of the judge of each principle. */
  standings: z.array(
    z.object({ judge: z.object({ name: z.string() }), state: z.enum(["valid", "stale", "other", "none"]) }),
  ),
  /** Each bot against the baseline, or the later ones against the first, on the same prompts. */
  comparisons: z.array(comparisonSchema),
  /** An earlier check that was compared with, from the folder of this file. */
  baseline: z.string().optional(),
  /** What was warned of while it ran. */
  warnings: z.array(z.string()),
  /** By role, over all commands that wrote to this folder; absent in a run, which counts for itself. */
  spent: z.record(z.string(), spentSchema).optional(),
});
export type CheckFile = z.infer<typeof checkFileSchema>;

/** A check as its file holds it. */
export function formatCheck(check: Omit<CheckFile, "schemaVersion">): string {
  return `${JSON.stringify({ schemaVersion: version, ...check }, null, 2)}\n`;
}

/** What a check left in a folder; undefined where there is none. @throws PreceptError run-invalid. */
export function readCheck(folder: string): CheckFile | undefined {
  const path = join(folder, checkFileName);
  if (!existsSync(path)) return undefined;
  const fault = (found: string, cause?: unknown): PreceptError =>
    new PreceptError("run-invalid", {
      attempted: `Reading ${path}`,
      found,
      expected: "what precept check of this version writes",
      remedy: "the same precept check again: nothing is asked twice",
      cause,
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw fault(cause instanceof Error ? cause.message : String(cause), cause);
  }
  const result = checkFileSchema.safeParse(value);
  if (result.success) return result.data;
  throw fault(z.prettifyError(result.error), result.error);
}
