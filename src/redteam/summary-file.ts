import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { measuredSchema } from "../statistics/index.ts";
import { parseJson } from "../storage/index.ts";
import { redteamFile } from "./run.ts";
import type { RedteamSummary } from "./summary.ts";

const rowSchema = z.object({
  requests: z.int(),
  ungraded: z.int(),
  successes: z.int(),
  asr: z.record(z.string(), measuredSchema),
  coverage: z.object({ found: z.int(), of: z.int(), evenness: z.number().optional() }),
  toFirst: z.object({ median: z.number().optional(), found: z.int(), of: z.int() }),
  selfBleu: z.number().optional(),
});

const spendingSchema = z.object({
  calls: z.int(),
  cached: z.int(),
  promptTokens: z.int(),
  completionTokens: z.int(),
  cost: z.number().optional(),
});

const summarySchema = z.object({
  target: z.string(),
  judge: z.string(),
  goals: z.int(),
  findings: z.int(),
  overall: rowSchema,
  strategies: z.record(z.string(), rowSchema.extend({ isAdaptive: z.boolean() })),
  principles: z.record(z.string(), rowSchema),
  corrected: measuredSchema,
  twins: measuredSchema,
  stopped: z.object({ model: z.int(), guard: z.int(), both: z.int() }),
  isGuarded: z.boolean(),
  spent: z.record(z.string(), spendingSchema).optional(),
}) satisfies z.ZodType<RedteamSummary>;

/** The figures that a red team left at its end. @throws PreceptError usage where it has not ended; run-invalid. */
export function readRedteamSummary(folder: string): RedteamSummary {
  const path = join(folder, redteamFile);
  const attempted = `Reading the figures of the red team ${folder}`;
  if (!existsSync(path)) {
    throw new PreceptError("usage", {
      attempted,
      found: "a run that has not ended",
      expected: `${redteamFile}, which stands at its end`,
      remedy: "precept redteam, as it was begun, goes on where it stopped",
    });
  }
  return parseJson(readFileSync(path, "utf8"), summarySchema, (found, cause) => {
    const expected = `${redteamFile} of this version`;
    return new PreceptError("run-invalid", { attempted, found, expected, remedy: "run it anew", cause });
  });
}
