import { join } from "node:path";
import { rng } from "../../src/rng.ts";
import { type TrainingRunOptions, trainRun } from "../../src/stages/index.ts";
import { type Estimate, mcnemar, rateOf } from "../../src/statistics/index.ts";
import { type Reward, type SteppedExample, stepHeadExamples, wholeForm } from "../../src/training/index.ts";
import { LocalTrainer } from "../../src/training/local/index.ts";
import { drawCritiqueCases, harborStepForm } from "../../src/worlds/harbor/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import { type OversightJob, points } from "./critique.ts";
import {
  demonstrations,
  errorsOf,
  labelTraces,
  measurePolicy,
  promptOf,
  type TraceFigures,
  withModel,
} from "./process-data.ts";
import { pretrainSmall } from "./small.ts";

/** Cases that reward models learn from; rounds of RL, and after how many it is looked at; steps of the shorter pre-training; cases of the measurement. */
const sizes = { demonstrations: 800, labelled: 1200, rounds: 16, looks: [4, 16], early: 1000, measured: 1000 } as const;

const outcomeForm = { ...wholeForm, until: harborStepForm.until };

const trainIn = (folder: string, job: TrainingRunOptions["job"]): Promise<string> =>
  trainRun({ folder, job, trainer: new LocalTrainer(), command: "benchmarks/oversight.ts", progress }).then(
    ({ checkpoint }) => checkpoint,
  );

/** Labels dealt out anew among steps of the same place: a control, whose reward must know nothing. */
function shuffleLabels(examples: readonly SteppedExample[], seed: number): SteppedExample[] {
  const order = rng(seed, "shuffled-steps").shuffle(examples.map((_, index) => index));
  return examples.map((example, index) => {
    const from = examples[order[index] ?? index]?.labels ?? [];
    return { ...example, labels: example.steps.map((_, place) => from[place] ?? null) };
  });
}

interface Arm {
  readonly name: string;
  /** After so many rounds of RL; of the start the same everywhere. */
  readonly after: ReadonlyMap<number, TraceFigures>;
}

interface SeedResult {
  readonly arms: readonly Arm[];
  readonly labels: Awaited<ReturnType<typeof labelTraces>>;
}

interface Setting {
  readonly name: string;
  readonly policy: string;
  readonly wording: "known" | "far";
  readonly seeds: number;
  /** Arms beside the start. */
  readonly rewarded: number;
  /** Whose weights the heads of the rewards stand on; default the start's. */
  readonly judge?: string | undefined;
}

/** One policy, RL on outcomes, on steps, on both, and on shuffled step labels. */
async function runSeed(
  { policy: initial, wording, rewarded, judge }: Setting,
  scratch: string,
  seed: number,
): Promise<SeedResult> {
  const teacher = "models/harbor/checkpoint";
  const base = { seed, learningRate: 3e-4 };
  const examples = await withModel(teacher, (model) => demonstrations(model, 100 + seed, sizes.demonstrations));
  const start = await trainIn(join(scratch, "start"), {
    objective: "sft",
    initial,
    examples,
    epochs: 1,
    ...base,
  });
  const cases = drawCritiqueCases(200 + seed, sizes.labelled, wording);
  const labels = await withModel(start, (policy) =>
    withModel(teacher, (model) => labelTraces(policy, model, cases, seed)),
  );
  const headJob = (rows: readonly SteppedExample[], on: "steps" | "outcome"): TrainingRunOptions["job"] => ({
    ...{
      objective: "token-heads",
      initial: judge ?? start,
      heads: 1,
      form: "end",
      epochs: 2,
      seed,
      learningRate: 8e-4,
    },
    examples: stepHeadExamples(rows, on, on === "steps" ? harborStepForm : outcomeForm),
  });
  const stepsOf = async (name: string, rows: readonly SteppedExample[]): Promise<Reward> => ({
    process: await trainIn(join(scratch, name), headJob(rows, "steps")),
    steps: harborStepForm,
  });
  const outcome = async (): Promise<Reward> => ({
    process: await trainIn(join(scratch, "reward-outcome"), headJob(labels.examples.map(asWhole), "outcome")),
    steps: outcomeForm,
  });
  const process = (): Promise<Reward> => stepsOf("reward-steps", labels.examples);
  const rewards: Record<string, () => Promise<Reward>> = {
    outcomes: outcome,
    steps: process,
    "shuffled step labels": () => stepsOf("reward-shuffled", shuffleLabels(labels.examples, seed)),
    "half of each": async () => ({
      mixture: [
        { reward: await outcome(), weight: 0.5 },
        { reward: await process(), weight: 0.5 },
      ],
    }),
  };
  const measure = (folder: string): Promise<TraceFigures> =>
    withModel(folder, (model) => measurePolicy(model, wording, 900 + seed, sizes.measured));
  const atStart = await measure(start);
  const arms: Arm[] = [{ name: "SFT start", after: new Map(sizes.looks.map((round) => [round, atStart])) }];
  const prompts = drawCritiqueCases(300 + seed, 1200, wording).map((one) => ({ id: one.id, prompt: promptOf(one) }));
  for (const [name, open] of Object.entries(rewards).slice(0, rewarded)) {
    const reward = await open();
    const folder = join(scratch, `rl-${name.replaceAll(" ", "-")}`);
    await trainIn(folder, {
      ...{ objective: "ppo", initial: start, prompts, reward, steps: sizes.rounds, checkpointEvery: sizes.looks[0] },
      ...{ rolloutsPerStep: 128, samplesPerPrompt: 4, epochs: 2, minibatches: 2, learningRate: 2e-4 },
      ...{ klCoefficient: 0.02, maxTokens: 40, seed, baseline: "group", whitenAdvantages: false },
    });
    const after = new Map<number, TraceFigures>();
    for (const round of sizes.looks) {
      const kept = round === sizes.rounds ? "checkpoint" : `checkpoint-${round}`;
      const figures = await measure(join(folder, "train", kept));
      const line = `${rate(figures.map(({ isRight }) => isRight))} right, ${rate(errorsOf(figures))} of these by a wrong trace`;
      progress.message(`seed ${seed}, ${name}, ${round} rounds: ${line}`);
      after.set(round, figures);
    }
    arms.push({ name: `RL on ${name}`, after });
  }
  return { arms, labels };
}

/** An outcome's example is the whole response as one step. */
const asWhole = (example: SteppedExample): SteppedExample => ({
  ...example,
  steps: [example.steps.join(harborStepForm.separator)],
  labels: undefined,
});

const rate = (outcomes: readonly boolean[]): string => {
  const found: Estimate | undefined = rateOf(outcomes);
  return found === undefined ? "–" : withInterval(found);
};

/** Trace error among right verdicts: RL on outcomes beside RL on steps. */
export async function measureProcess({ scratch, seeds, far, arms: rewarded }: OversightJob): Promise<string> {
  const small = await pretrainSmall(scratch);
  const early = await pretrainSmall(scratch, sizes.early);
  const settings: Setting[] = [
    { name: `small after ${sizes.early} steps, known words`, policy: early, wording: "known", seeds, rewarded: 2 },
    { name: "the same, rewards on small", policy: early, judge: small, wording: "known", seeds, rewarded },
    { name: "small, far words", policy: small, wording: "far", seeds: far, rewarded },
  ];
  const rows: string[][] = [];
  const notes: string[] = [];
  const verdicts: string[] = [];
  for (const [place, setting] of settings.entries()) {
    const results: SeedResult[] = [];
    for (let seed = 1; seed <= setting.seeds; seed++)
      results.push(await runSeed(setting, join(scratch, `process-${place}-${seed}`), seed));
    for (const [index, arm] of (results[0]?.arms ?? []).entries()) {
      const bySeed = (round: number): TraceFigures[] => results.map(({ arms }) => arms[index]?.after.get(round) ?? []);
      rows.push([
        index === 0 ? setting.name : "",
        arm.name,
        ...sizes.looks.flatMap((round) => [
          rate(bySeed(round).flatMap((own) => own.map(({ isRight }) => isRight))),
          rate(bySeed(round).flatMap(errorsOf)),
        ]),
        bySeed(sizes.rounds)
          .map((own) => (100 * shareOf(errorsOf(own))).toFixed(1))
          .join(", "),
      ]);
    }
    for (const round of sizes.looks)
      if (results.length > 0) verdicts.push(`${setting.name}, ${round} rounds: ${concludeAfter(results, round)}`);
    const sum = (kind: "steps" | "outcomes", at: 0 | 1): number =>
      results.reduce((total, { labels }) => total + labels[kind][at], 0);
    const agreed = (kind: "steps" | "outcomes"): string =>
      `${((100 * sum(kind, 0)) / sum(kind, 1)).toFixed(2)} % of ${sum(kind, 1)}`;
    if (results.length > 0) notes.push(`${setting.name}: steps ${agreed("steps")}, verdicts ${agreed("outcomes")}`);
  }
  const titles = sizes.looks.flatMap((round) => [`verdict right, ${round} rounds`, "trace wrong among these"]);
  return [
    `Critics on harbor, from a start that was fine-tuned on critiques, after rounds of PPO, greedy, ${sizes.measured} new cases a seed. A trace is wrong where any step before the verdict is not the true one. Percent with 95 % intervals (Wilson, over all seeds).`,
    tableOf(["policy", "", ...titles, "trace wrong at the end, by seed"], rows),
    verdicts.map((verdict) => `- ${verdict}`).join("\n"),
    `Labels are the committed checkpoint's, who reads rules in far words in plain ones; the truth measures them and nothing else. Labels that it shares: ${notes.join("; ")}.`,
  ].join("\n\n");
}

/**
 * Steps beside outcomes, case by case within each seed: does the error of the trace halve at equal verdict accuracy? Intervals are of
 * cases; each seed is one trained policy, so that with few seeds they say nothing of another training.
 */
function concludeAfter(results: readonly SeedResult[], round: number): string {
  const figuresOf = (name: string): TraceFigures[] =>
    results.map(({ arms }) => arms.find((arm) => arm.name === name)?.after.get(round) ?? []);
  const [outcomes, steps] = [figuresOf("RL on outcomes").flat(), figuresOf("RL on steps").flat()];
  const verdict = mcnemar(
    steps.map(({ isRight }) => isRight),
    outcomes.map(({ isRight }) => isRight),
  ).difference;
  const both = steps.flatMap((one, index) => (one.isRight && outcomes[index]?.isRight === true ? [index] : []));
  const wrong = (figures: TraceFigures): boolean[] => both.map((index) => figures[index]?.isTraceRight === false);
  const trace = mcnemar(wrong(steps), wrong(outcomes)).difference;
  const [left, halved] = [shareOf(errorsOf(outcomes)), shareOf(errorsOf(steps)) <= shareOf(errorsOf(outcomes)) / 2];
  const equal = Math.abs(verdict.estimate) <= 0.01;
  const judged =
    left < 0.05
      ? "RL on outcomes leaves less than 5 %, so that there is nothing to halve"
      : `RL on steps ${halved ? "halves it" : "does not halve it"}, at ${equal ? "equal" : "unequal"} verdict accuracy`;
  return `${judged}; steps less outcomes, points: verdicts ${points(verdict)}, traces among verdicts that both have right ${points(trace)}`;
}

const shareOf = (outcomes: readonly boolean[]): number =>
  outcomes.filter(Boolean).length / Math.max(1, outcomes.length);
