import { join } from "node:path";
import { z } from "zod";
import { clusteredRate, estimateSchema, rateOf } from "../../statistics/index.ts";
import { foundFormat, keepFound, readFound } from "../../storage/index.ts";

const rowSchema = z.object({
  /** "step 1", "step 2", …, or "outcome". */
  of: z.string(),
  n: z.int().min(1),
  /** Of wrong ones: those that the head finds less likely right than wrong. */
  found: estimateSchema.optional(),
  /** Of right ones: the same. */
  faulted: estimateSchema.optional(),
});

/** What a head that reads steps, or outcomes, says of responses that it did not learn from. */
const processSchema = z.object({
  format: foundFormat,
  on: z.enum(["steps", "outcome"]),
  learned: z.int().min(1),
  /** Responses that were held out: none where there were too few. */
  heldOut: z.int().min(0),
  rows: z.array(rowSchema),
});
export type FoundProcess = z.infer<typeof processSchema>;

const pathOf = (run: string): string => join(run, "oversight", "process.json");

/** Keeps what was measured of a head in its own run; false where nobody may write there. */
export const keepProcess = (run: string, found: Omit<FoundProcess, "format">): boolean => keepFound(pathOf(run), found);

/** @throws PreceptError run-invalid for a damaged file. */
export const readProcess = (run: string): FoundProcess | undefined => readFound(pathOf(run), processSchema);

/** One step, by its place or as an outcome, with its label and what the head says: P(right). */
export interface ReadStep {
  readonly of: string;
  readonly label: number;
  readonly said: number;
  /** Steps of responses to one prompt say less than as many of several. */
  readonly prompt: string;
}

/** A row for each place of a step, and one for all where there are several. */
export function rowsOfHead(read: readonly ReadStep[]): FoundProcess["rows"] {
  const rowOf = (of: string, own: readonly ReadStep[]): FoundProcess["rows"][number] => {
    const countFaulted = (isWrong: boolean) => {
      const counted = own.filter(({ label }) => label < 0.5 === isWrong);
      const [isFaulted, prompts] = [counted.map(({ said }) => said < 0.5), counted.map(({ prompt }) => prompt)];
      const apart = new Set(prompts).size;
      return apart === counted.length || apart < 2 ? rateOf(isFaulted) : clusteredRate(isFaulted, prompts);
    };
    return { of, n: own.length, found: countFaulted(true), faulted: countFaulted(false) };
  };
  const byPlace = [...Map.groupBy(read, ({ of }) => of)];
  const rows = byPlace.map(([of, own]) => rowOf(of, own));
  return byPlace.length > 1 ? [...rows, rowOf("all", read)] : rows;
}
