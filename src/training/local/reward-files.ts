import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { tryJson, writeWhole } from "../../storage/index.ts";
import type { StepForm } from "../steps.ts";
import type { MixedReward, ProcessReward, Reward } from "../trainer.ts";

const processSchema = z.object({
  format: z.literal(1),
  steps: z.object({ boundary: z.string(), separator: z.string(), until: z.string().optional() }),
});

const pathOf = (folder: string): string => join(folder, "process.json");

/** Says beside a trained step head how responses fall into the steps that it reads. */
export const writeProcessReward = (folder: string, steps: StepForm): void =>
  writeWhole(pathOf(folder), `${JSON.stringify({ format: 1, steps })}\n`);

/** A folder's process reward; undefined where it is none. @throws PreceptError input-invalid for a damaged file. */
export function readProcessReward(folder: string): ProcessReward | undefined {
  const path = pathOf(folder);
  if (!existsSync(path)) return undefined;
  const { steps } = readAs(path, processSchema, '{"format": 1, "steps": {"boundary": "…", "separator": " "}}');
  return { process: folder, steps };
}

const mixtureSchema = z.object({
  mixture: z.array(z.object({ reward: z.string().min(1), weight: z.number() })).min(1, "no reward"),
});

/** {"mixture": [{"reward": PLACE, "weight": 0.5}, …]}, places from the file's folder. @throws PreceptError input-invalid. */
export function readMixture(path: string, rewardAt: (place: string) => Reward): MixedReward {
  const { mixture } = readAs(path, mixtureSchema, '{"mixture": [{"reward": "runs/steps", "weight": 0.5}]}');
  const placeOf = (reward: string): string => (/^https?:\/\//.test(reward) ? reward : resolve(dirname(path), reward));
  if (mixture.some(({ reward }) => placeOf(reward) === resolve(path))) {
    throw new PreceptError("input-invalid", {
      attempted: `Reading the reward ${path}`,
      found: "a mixture that names itself",
      expected: "other rewards",
    });
  }
  return { mixture: mixture.map(({ reward, weight }) => ({ reward: rewardAt(placeOf(reward)), weight })) };
}

function readAs<T>(path: string, schema: z.ZodType<T>, expected: string): T {
  const read = schema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (read.success) return read.data;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the reward ${path}`,
    found: z.prettifyError(read.error),
    expected,
  });
}
