import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { makeFolder, tryJson, writeWhole } from "../../storage/index.ts";

const numbers = z.array(z.number());

export const probeSchema = z.strictObject({
  format: z.literal(1),
  /** Whose activations, by name and hash. */
  model: z.strictObject({ name: z.string(), hash: z.string() }),
  site: z.string(),
  /** Where it reads: at the last token of the request, or the mean over the first tokens of the answer. */
  reading: z.enum(["request", "answer"]),
  /** Undefined: any of them. */
  principle: z.string().optional(),
  /** Whose answers broke or kept it, as the critic found, or the file of labels. */
  labels: z.string(),
  /** What has the labels: answers, which broke the principle (where it is not said), or requests, by a person, for whatever reason. */
  labelled: z.enum(["answers", "requests"]).optional(),
  /** μ₊ − μ₋ of what it reads, and the means along it. */
  direction: numbers,
  positive: z.number(),
  negative: z.number(),
  /** Of the logistic probe. */
  weights: numbers,
  bias: z.number(),
  mean: numbers,
  scale: numbers,
  /** P above which at most this share of held-out requests that broke nothing lies. */
  threshold: z.number(),
  falsePositiveRate: z.number(),
});
export type ProbeFile = z.infer<typeof probeSchema>;

const probeOf = (folder: string): string => join(folder, "probe.json");

export function saveProbe(folder: string, probe: ProbeFile): void {
  makeFolder(folder);
  writeWhole(probeOf(folder), `${JSON.stringify(probe)}\n`);
}

/** @throws PreceptError run-invalid for a folder without a probe, or with a damaged one. */
export function loadProbe(folder: string): ProbeFile {
  const path = folder.endsWith(".json") ? folder : probeOf(folder);
  const read = existsSync(path) ? probeSchema.safeParse(tryJson(readFileSync(path, "utf8"))) : undefined;
  if (read?.success === true) return read.data;
  throw new PreceptError("run-invalid", {
    attempted: `Reading the probe in ${folder}`,
    found: read === undefined ? "none there" : z.prettifyError(read.error),
    expected: "probe.json, as precept probe train writes it",
    remedy: "precept probe train RUN --principle ID",
  });
}
