import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PreceptError, throwIfInterrupted } from "../../../errors.ts";
import { withModel } from "../../../language-model.ts";
import { LocalModel } from "../../../models/local/index.ts";
import {
  type Course,
  courseSchema,
  fitCourse,
  type KeptOveroptimisation,
  keepOveroptimisation,
} from "../../../oversight/index.ts";
import { contentHash, hashModel, keepFound, tryJson } from "../../../storage/index.ts";
import type { ProjectOptions } from "../../setting.ts";
import { trainToEnd } from "../../train-to-end.ts";
import { measureBestOfN, measureRl, type Push, pushing } from "./courses.ts";
import { parametersOfWidth, pretrainSize } from "./pretrain-size.ts";
import { makeProxyData } from "./proxy-data.ts";
import { nameOfWidth, sweepSteps } from "./sweep.ts";
import { drawPool, preferenceTraining } from "./teacher.ts";

export interface OveroptimiseOptions
  extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly seed: number;
  /** Channels of the preference models. Default 40 and 120: a ninth of the policy's weights, and nearly as many. */
  readonly widths?: readonly number[] | undefined;
  /** Comparisons that each learns from. Default 250, 1,000 and 4,000. */
  readonly comparisons?: readonly number[] | undefined;
  /** A sweep, whose pre-trained sizes are taken where they are of this seed. */
  readonly sweep?: string | undefined;
  readonly isSmoke?: boolean | undefined;
}

interface Amounts {
  readonly widths: readonly number[];
  readonly comparisons: readonly number[];
  readonly prompts: number;
  /** Of each prompt, the policy's own answers: the best of so many at most. */
  readonly samples: number;
  readonly rl: Push["rl"];
  readonly steps: number;
}

const reported: Amounts = {
  ...{ widths: [40, 120], comparisons: [250, 1000, 4000], prompts: 200, samples: 32 },
  ...{ rl: { steps: 40, every: 5, rollouts: 128 }, steps: sweepSteps },
};
const smoke: Amounts = {
  ...{ widths: [16, 24], comparisons: [4, 8], prompts: 8, samples: 4 },
  ...{ rl: { steps: 2, every: 1, rollouts: 16 }, steps: 12 },
};

/**
 * Trains preference models of two sizes on three amounts of AI comparisons, pushes the run's SL-CAI up each by the best of n and by
 * RL, and asks gold afterwards, of answers and policies that were kept: it stops, tunes and selects nothing.
 * @throws PreceptError usage for too few comparisons; interrupted, and the same call goes on; run-invalid.
 */
export async function overoptimise(options: OveroptimiseOptions): Promise<KeptOveroptimisation> {
  const { folder, seed, isSmoke = false, progress, signal } = options;
  const base = isSmoke ? smoke : reported;
  const amounts = {
    ...base,
    widths: options.widths ?? base.widths,
    comparisons: options.comparisons ?? base.comparisons,
  };
  const most = Math.max(...amounts.comparisons);
  const { policy, comparisons: all, prompts } = await makeProxyData({ ...options, comparisons: most, isSmoke });
  if (all.length < most) throw tooFewComparisons(folder, all.length, most);
  progress.start("overoptimise", "answers to choose the best from", amounts.prompts, "prompts");
  const pool = await withModel(
    () => LocalModel.load(policy),
    async (open) =>
      drawPool(await open(), { seed, signal, progress, amounts: { ...amounts, samples: amounts.samples - 1 } }),
  );
  const pushes: (Push & { readonly width: number; readonly comparisons: number; readonly place: string })[] = [];
  for (const width of amounts.widths) {
    const initial = await pretrainedFor(width, options, amounts.steps);
    for (const comparisons of amounts.comparisons) {
      throwIfInterrupted(signal, "Over-optimising");
      const name = `${nameOfWidth(width)}, ${comparisons.toLocaleString("en-US")} comparisons`;
      const place = join(folder, "overoptimisation", `${nameOfWidth(width)}-${comparisons}`);
      const learned = { comparisons: all.slice(0, comparisons), initial, output: join(place, "preference-model") };
      const preferenceModel = await trainToEnd(
        { objective: "preference-model", ...learned, seed, signal, ...preferenceTraining },
        progress,
        { stage: "overoptimise", label: `preference model, ${name}` },
      );
      const made = { name, folder: join(place, "rl"), policy, preferenceModel, seed, prompts, pool };
      pushes.push({ ...made, rl: amounts.rl, progress, signal, width, comparisons, place });
    }
  }
  const courses: KeptOveroptimisation["courses"][number][] = [];
  // The best of n costs seconds, RL minutes.
  for (const [pressure, measure] of pressures) {
    for (const push of pushes) {
      const { width, comparisons, place } = push;
      const key = await keyOf(push, amounts);
      const course = await keepCourse(join(place, `${pressure}.json`), key, () => measure(push));
      const of = { size: nameOfWidth(width), parameters: parametersOfWidth(width), comparisons };
      courses.push({ ...of, ...fitCourse(course, { seed }) });
      // What is measured so far can be looked at while RL, which takes longest, goes on.
      keepOveroptimisation(folder, { seed, prompts: pool.length, courses });
    }
  }
  progress.finish();
  return { seed, prompts: pool.length, courses };
}

const pressures = [
  ["best-of-n", measureBestOfN],
  ["rl", measureRl],
] as const;

/** What a course depends on: another policy, preference model, seed or amount makes another one. */
async function keyOf({ policy, preferenceModel, seed, rl, prompts }: Push, amounts: Amounts): Promise<string> {
  const { samples, prompts: measured } = amounts;
  const models = { policy: await hashModel(policy), preferenceModel: await hashModel(preferenceModel) };
  return contentHash({ ...models, seed, rl, pushing, prompts, samples, measured });
}

/** A course is measured once: its answers and policies do not change. */
async function keepCourse(file: string, key: string, measure: () => Promise<Course>): Promise<Course> {
  const known = existsSync(file) ? courseSchema.safeParse(tryJson(readFileSync(file, "utf8"))) : undefined;
  if (known?.success === true && known.data.key === key) return known.data;
  keepFound(file, { key, ...(await measure()) });
  // As the file has it, so that the same command says the same the second time.
  return courseSchema.parse(tryJson(readFileSync(file, "utf8")));
}

/** A helpful-only start of the preference model's size: the sweep's, else one that is trained here. */
async function pretrainedFor(
  width: number,
  { sweep, folder, seed, progress, signal }: OveroptimiseOptions,
  steps: number,
): Promise<string> {
  const own = `size-${nameOfWidth(width)}-seed-${seed}`;
  const place = sweep === undefined ? join(folder, "overoptimisation", own) : join(sweep, own);
  return (await pretrainSize({ width, seed, steps, folder: place }, progress, signal)).checkpoint;
}

function tooFewComparisons(folder: string, found: number, expected: number): PreceptError {
  return new PreceptError("usage", {
    attempted: `Training preference models on the comparisons of ${folder}`,
    found: `${found} pairs whose answers differ`,
    expected: `${expected} or more`,
    remedy: `--comparisons with numbers up to ${found}`,
  });
}
