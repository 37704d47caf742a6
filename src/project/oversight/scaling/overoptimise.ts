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
import { promptItemSchema, readRecords } from "../../../records/index.ts";
import { keepFound, readFound } from "../../../storage/index.ts";
import { harborTemplates } from "../../../worlds/harbor/index.ts";
import { type LoadedConfig, loadedConfig } from "../../config/config.ts";
import { harborConfig } from "../../harbor/settings.ts";
import { withProject } from "../../project.ts";
import type { ProjectOptions } from "../../setting.ts";
import { runStep } from "../../steps.ts";
import { trainToEnd } from "../../train-to-end.ts";
import { measureBestOfN, measureRl, type Push } from "./courses.ts";
import { parametersOfWidth, pretrainSize } from "./pretrain-size.ts";
import { nameOfWidth, sweepSteps } from "./sweep.ts";
import { drawPool, preferenceTraining, readComparisons } from "./teacher.ts";

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
  readonly pairs: number;
  readonly prompts: number;
  /** Of each prompt, the policy's own answers: the best of so many at most. */
  readonly samples: number;
  readonly rl: Push["rl"];
  readonly steps: number;
}

const reported: Amounts = {
  ...{ widths: [40, 120], comparisons: [250, 1000, 4000], pairs: 2200, prompts: 200, samples: 32 },
  ...{ rl: { steps: 40, every: 5, rollouts: 128 }, steps: sweepSteps },
};
const smoke: Amounts = {
  ...{ widths: [16, 24], comparisons: [4, 8], pairs: 14, prompts: 8, samples: 4 },
  ...{ rl: { steps: 2, every: 1, rollouts: 16 }, steps: 12 },
};

/** Beside the run's own two answers: two pairs of every ten or so say the same, and are left out. */
function projectOf({ seed, isSmoke = false }: OveroptimiseOptions, { pairs }: Amounts): LoadedConfig {
  const config = harborConfig({ preset: isSmoke ? "smoke" : "brief", seed });
  const { prompts } = config.world;
  if (prompts === undefined) throw new RangeError("a preset without prompts");
  const compared = { redTeam: pairs, helpful: pairs };
  const world = { ...config.world, prompts: { ...prompts, "ai-feedback": compared } };
  return loadedConfig({ ...config, world }, join(process.cwd(), "precept.config.ts"));
}

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
  await withProject({ ...options, loaded: projectOf(options, amounts) }, async (project) => {
    for (const step of ["sl-cai", "ai-feedback"] as const) await runStep(project, step);
  });
  const all = await readComparisons(join(folder, "ai-feedback", "records.jsonl"), seed);
  const most = Math.max(...amounts.comparisons);
  if (all.length < most) throw tooFewComparisons(folder, all.length, most);
  const policy = join(folder, "sl-cai", "checkpoint");
  const prompts = await readPrompts(folder);
  progress.start("overoptimise", "answers to choose the best from", amounts.prompts, "prompts");
  const pool = await withModel(
    () => LocalModel.load(policy),
    async (open) =>
      drawPool(await open(), { seed, signal, progress, amounts: { ...amounts, samples: amounts.samples - 1 } }),
  );
  const courses: KeptOveroptimisation["courses"][number][] = [];
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
      const push: Push = {
        ...{ name, folder: join(place, "rl"), policy, preferenceModel, seed, prompts, pool },
        ...{ rl: amounts.rl, progress, signal },
      };
      for (const [pressure, measure] of [
        ["best-of-n", measureBestOfN],
        ["rl", measureRl],
      ] as const) {
        const course = await keepCourse(join(place, `${pressure}.json`), () => measure(push));
        courses.push({
          size: nameOfWidth(width),
          parameters: parametersOfWidth(width),
          comparisons,
          ...fitCourse(course, { seed }),
        });
      }
    }
  }
  progress.finish();
  const found: KeptOveroptimisation = { seed, prompts: pool.length, courses };
  keepOveroptimisation(folder, found);
  return found;
}

/** A course is measured once: its answers and policies do not change. */
async function keepCourse(file: string, measure: () => Promise<Course>): Promise<Course> {
  const known = readFound(file, courseSchema);
  if (known !== undefined) return known;
  const course = await measure();
  keepFound(file, course);
  return course;
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

async function readPrompts(folder: string): Promise<Push["prompts"]> {
  const items = await Array.fromAsync(readRecords(join(folder, "prompts", "rl-cai.jsonl"), promptItemSchema));
  return items.map(({ id, messages }) => ({ id, prompt: harborTemplates.response(messages).prompt }));
}

function tooFewComparisons(folder: string, found: number, expected: number): PreceptError {
  return new PreceptError("usage", {
    attempted: `Training preference models on the comparisons of ${folder}`,
    found: `${found} pairs whose answers differ`,
    expected: `${expected} or more`,
    remedy: `--comparisons with numbers up to ${found}`,
  });
}
