import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const count = z.int().min(0);

/** What one checkpoint did, prompt by prompt in the order of the split. */
const checkpointSchema = z.strictObject({
  /** One letter a prompt, by set of prompts: c complied, r refused, w refused and said why, ? empty; or 1 kept, 0 broken. */
  outcomes: z.record(z.string(), z.string().regex(/^[crw?01]*$/)),
  /** Answers that reached the limit of tokens. */
  cut: count,
});

/** A finished arm under one seed: small, so that it goes by any way from the machine that measured it to the table. */
export const measuredSchema = z.strictObject({
  arm: z.string().min(1),
  seed: count,
  split: z.enum(["development", "test"]),
  /** Share of the training prompts; 1: all of them. */
  scale: z.number().gt(0).max(1),
  date: z.string(),
  commit: z.string(),
  models: z.record(z.string(), z.string()),
  prompts: z.record(z.string(), count),
  /** What the stages made: usable revisions, labelled pairs, … */
  counts: z.record(z.string(), z.record(z.string(), z.number())),
  seconds: z.record(z.string(), z.number()),
  checkpoints: z.record(z.string(), checkpointSchema),
  /** Of the test split alone: TruthfulQA's multiple choice, and the loss in nats on harmless answers that people wrote. */
  capability: z
    .record(
      z.string(),
      z.strictObject({
        truthfulqa: z.strictObject({ right: count, n: count }),
        loss: z.strictObject({ nats: z.number(), tokens: count }),
      }),
    )
    .optional(),
});
export type Measured = z.infer<typeof measuredSchema>;

/** Where finished arms lie. */
export const measuredFolder = new URL("measured/", import.meta.url).pathname;

export function measuredName({ arm, seed, split, scale }: Pick<Measured, "arm" | "seed" | "split" | "scale">): string {
  return `${arm}-${seed}.${split}${scale === 1 ? "" : `.${scale}`}.json`;
}

export function readMeasured(folder: string): Measured[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => measuredSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

/** A finished arm, where it is measured. */
export function findMeasured(
  folder: string,
  name: Pick<Measured, "arm" | "seed" | "split" | "scale">,
): Measured | undefined {
  const path = join(folder, measuredName(name));
  return existsSync(path) ? measuredSchema.parse(JSON.parse(readFileSync(path, "utf8"))) : undefined;
}

export function writeMeasured(folder: string, measured: Measured): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, measuredName(measured));
  writeFileSync(path, `${JSON.stringify(measuredSchema.parse(measured), undefined, 2)}\n`);
  return path;
}
