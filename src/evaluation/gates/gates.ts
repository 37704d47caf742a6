import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { decodeText } from "../../storage/index.ts";

const gateSchema = z
  .strictObject({
    /** For people; default what it measures. */
    name: z.string().min(1).optional(),
    metric: z.string().min(1),
    /** Only items with these groups, e.g. { split: heldOut } or { benchmark: xstest, type: homonyms } or { principle: privacy }. */
    group: z.record(z.string(), z.string()).default({}),
    /** Checkpoint or model; default the last that was measured. */
    checkpoint: z.string().min(1).optional(),
    /** The metric must be at most this … */
    max: z.number().optional(),
    /** … or at least this. */
    min: z.number().optional(),
    /** Or: no worse than this run, RUN or RUN@CHECKPOINT, on the same prompts … */
    baseline: z.string().min(1).optional(),
    /** … by more than this much. */
    margin: z.number().positive().optional(),
    /** Which way is good; needed with a baseline where the metric does not say. */
    better: z.enum(["higher", "lower"]).optional(),
  })
  .refine(({ max, min, baseline }) => [max, min, baseline].filter((part) => part !== undefined).length === 1, {
    message: "one of max, min and baseline",
  })
  .refine(({ baseline, margin }) => (baseline === undefined) === (margin === undefined), {
    message: "baseline and margin come together: a margin is stated before looking",
  });

const fileSchema = z.strictObject({ gates: z.array(gateSchema).min(1) });

/** One requirement; see docs/evaluation.md. */
export type Gate = z.infer<typeof gateSchema>;

/**
 * gates.yaml: `gates:` and a list of at least one gate.
 * @throws PreceptError input-invalid, naming every fault, for anything else; an empty list is a fault.
 */
export function parseGates(text: string, where: string): Gate[] {
  const fail = (found: string, cause?: unknown): PreceptError =>
    new PreceptError("input-invalid", {
      attempted: `Reading the gates in ${where}`,
      found,
      expected: "gates: a list of { metric, group?, checkpoint?, and max, min or baseline with margin }",
      cause,
    });
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : "no YAML", cause);
  }
  const result = fileSchema.safeParse(value);
  if (result.success) return result.data.gates;
  throw fail(result.error.issues.map(({ path, message }) => `${path.join(".") || "(whole)"}: ${message}`).join("; "));
}

/** A file of gates. @throws PreceptError usage where there is none; as `parseGates`. */
export function readGates(path: string): Gate[] {
  if (existsSync(path)) return parseGates(decodeText(readFileSync(path), path), path);
  throw new PreceptError("usage", {
    attempted: "Reading the gates",
    found: `no file ${path}`,
    expected: "a YAML file with a list of gates",
    remedy: "docs/evaluation.md shows one",
  });
}
