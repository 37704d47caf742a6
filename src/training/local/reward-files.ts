import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { tryJson } from "../../storage/index.ts";
import type { MixedReward, ProcessReward, Reward } from "../trainer.ts";

/** As the manifest of a training run has its job; it is written before the first step. */
const processSchema = z.looseObject({
  config: z.looseObject({
    objective: z.literal("token-heads"),
    form: z.literal("end"),
    steps: z.object({
      boundary: z.string(),
      separator: z.string(),
      until: z.string().optional(),
      last: z.string().optional(),
    }),
  }),
});

/** The reward of a training run whose head reads steps; undefined where a folder is none. */
export function readProcessReward(folder: string): ProcessReward | undefined {
  const path = join(folder, "manifest.json");
  const read = existsSync(path) ? processSchema.safeParse(tryJson(readFileSync(path, "utf8"))) : undefined;
  return read?.success === true ? { process: folder, steps: read.data.config.steps } : undefined;
}

const mixtureSchema = z.object({
  mixture: z.array(z.object({ reward: z.string().min(1), weight: z.number() })).min(1, "no reward"),
});

/**
 * {"mixture": [{"reward": PLACE, "weight": 0.5}, …]}, places from the file's folder; `within` are the mixtures that name this one.
 * @throws PreceptError input-invalid.
 */
export function readMixture(
  path: string,
  within: readonly string[],
  find: (place: string, within: readonly string[]) => Reward,
): MixedReward {
  const own = resolve(path);
  const attempted = `Reading the reward ${path}`;
  const read = mixtureSchema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (!read.success) {
    const expected = '{"mixture": [{"reward": "runs/steps", "weight": 0.5}]}';
    throw new PreceptError("input-invalid", { attempted, found: z.prettifyError(read.error), expected });
  }
  if (within.includes(own)) {
    throw new PreceptError("input-invalid", {
      attempted,
      found: "a mixture that names itself",
      expected: "other rewards",
    });
  }
  const placeOf = (reward: string): string => (/^https?:\/\//.test(reward) ? reward : resolve(dirname(path), reward));
  return {
    mixture: read.data.mixture.map(({ reward, weight }) => ({
      reward: find(placeOf(reward), [...within, own]),
      weight,
    })),
  };
}
