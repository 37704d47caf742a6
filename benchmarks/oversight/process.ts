import { join } from "node:path";
import { rng } from "../../src/rng.ts";
import { type TrainingRunOptions, trainRun } from "../../src/stages/index.ts";
import { type Estimate, rateOf } from "../../src/statistics/index.ts";
import { type Reward, type SteppedExample, stepHeadExamples, wholeForm } from "../../src/training/index.ts";
import { LocalTrainer } from "../../src/training/local/index.ts";
import { drawCritiqueCases, harborStepForm } from "../../src/worlds/harbor/index.ts";
import { progress, tableOf, withInterval } from "../inside/shared.ts";
import type { OversightJob } from "./critique.ts";
import { demonstrations, labelTraces, measurePolicy, promptOf, type TraceFigures, withModel } from "./process-data.ts";
import { pretrainSmall } from "./small.ts";

/** Cases that reward models learn from, cases of RL, and cases of the measurement. */
const sizes = { demonstrations: 800, labelled: 1200, rounds: 16, measured: 1000 };

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
  readonly figures: Readonly<Record<"far" | "known", TraceFigures>>;
}

interface SeedResult {
  readonly arms: readonly Arm[];
  readonly labels: Awaited<ReturnType<typeof labelTraces>>;
}

/** One policy, RL on outcomes, on steps, on both, and on shuffled step labels. */
async function runSeed(policyFrom: string, scratch: string, seed: number): Promise<SeedResult> {
  const teacher = "models/harbor/checkpoint";
  const base = { seed, learningRate: 3e-4 };
  const examples = await withModel(teacher, (model) => demonstrations(model, 100 + seed, sizes.demonstrations));
  const start = await trainIn(join(scratch, "start"), {
    objective: "sft",
    initial: policyFrom,
    examples,
    epochs: 1,
    ...base,
  });
  const cases = drawCritiqueCases(200 + seed, sizes.labelled, "far");
  const labels = await withModel(start, (policy) =>
    withModel(teacher, (model) => labelTraces(policy, model, cases, seed)),
  );
  const headJob = (rows: readonly SteppedExample[], on: "steps" | "outcome"): TrainingRunOptions["job"] => ({
    ...{ objective: "token-heads", initial: start, heads: 1, form: "end", epochs: 2, seed, learningRate: 8e-4 },
    examples: stepHeadExamples(rows, on, on === "steps" ? harborStepForm : outcomeForm),
  });
  const steps = harborStepForm;
  const outcome: Reward = {
    process: await trainIn(join(scratch, "reward-outcome"), headJob(labels.examples.map(asWhole), "outcome")),
    steps: outcomeForm,
  };
  const process: Reward = {
    process: await trainIn(join(scratch, "reward-steps"), headJob(labels.examples, "steps")),
    steps,
  };
  const shuffled = shuffleLabels(labels.examples, seed);
  const control: Reward = {
    process: await trainIn(join(scratch, "reward-shuffled"), headJob(shuffled, "steps")),
    steps,
  };
  const rewards: Record<string, Reward> = {
    outcomes: outcome,
    steps: process,
    "half of each": {
      mixture: [
        { reward: outcome, weight: 0.5 },
        { reward: process, weight: 0.5 },
      ],
    },
    "shuffled step labels": control,
  };
  const measure = (folder: string) =>
    withModel(folder, async (model) => ({
      far: await measurePolicy(model, "far", 900 + seed, sizes.measured),
      known: await measurePolicy(model, "known", 900 + seed, sizes.measured),
    }));
  const arms: Arm[] = [{ name: "SFT start", figures: await measure(start) }];
  const prompts = drawCritiqueCases(300 + seed, 1200, "far").map((one) => ({ id: one.id, prompt: promptOf(one) }));
  for (const [name, reward] of Object.entries(rewards)) {
    const policy = await trainIn(join(scratch, `rl-${name.replaceAll(" ", "-")}`), {
      ...{
        objective: "ppo",
        initial: start,
        prompts,
        reward,
        steps: sizes.rounds,
        rolloutsPerStep: 128,
        samplesPerPrompt: 4,
      },
      ...{ epochs: 2, minibatches: 2, learningRate: 2e-4, klCoefficient: 0.02, maxTokens: 40, seed, baseline: "group" },
      whitenAdvantages: false,
    });
    const figures = await measure(policy);
    progress.message(
      `seed ${seed}, ${name}: ${rate(figures.far.right)} right, ${rate(figures.far.errors)} of these by a wrong trace`,
    );
    arms.push({ name: `RL on ${name}`, figures });
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
export async function measureProcess({ scratch, seeds, committed }: OversightJob): Promise<string> {
  const policies = [
    { name: "small", folder: await pretrainSmall(scratch), seeds },
    // Five times as long a seed.
    { name: "committed", folder: "models/harbor/checkpoint", seeds: committed },
  ];
  const rows: string[][] = [];
  const notes: string[] = [];
  for (const { name, folder, seeds: own } of policies) {
    if (own === 0) continue;
    const results: SeedResult[] = [];
    for (let seed = 1; seed <= own; seed++)
      results.push(await runSeed(folder, join(scratch, `process-${name}-${seed}`), seed));
    const arms = results[0]?.arms ?? [];
    for (const [index, arm] of arms.entries()) {
      const all = (wording: "far" | "known", kind: keyof TraceFigures): boolean[] =>
        results.flatMap(({ arms: own }) => own[index]?.figures[wording][kind] ?? []);
      rows.push([
        index === 0 ? name : "",
        arm.name,
        ...[rate(all("far", "right")), rate(all("far", "errors")), String(all("far", "errors").length)],
        results.map(({ arms: own }) => (100 * shareOf(own[index]?.figures.far.errors ?? [])).toFixed(1)).join(", "),
        ...[rate(all("known", "right")), rate(all("known", "errors"))],
      ]);
    }
    const sum = (kind: "steps" | "outcomes", place: 0 | 1): number =>
      results.reduce((total, { labels }) => total + labels[kind][place], 0);
    notes.push(
      `${name}: labels that the truth shares, steps ${((100 * sum("steps", 0)) / sum("steps", 1)).toFixed(2)} % of ${sum("steps", 1)}, verdicts ${((100 * sum("outcomes", 0)) / sum("outcomes", 1)).toFixed(2)} % of ${sum("outcomes", 1)}`,
    );
  }
  return [
    `Critics of rules in words that pre-training never had (“far”), after ${sizes.rounds} rounds of PPO, greedy, ${sizes.measured} new cases a seed. A trace is wrong where any step before the verdict is not the true one. Percent with 95 % intervals (Wilson, over all seeds).`,
    tableOf(
      [
        "policy",
        "",
        "verdict right, far",
        "trace wrong among these",
        "n",
        "by seed",
        "verdict right, known",
        "trace wrong among these",
      ],
      rows,
    ),
    `Step labels are the committed checkpoint's, who reads the same rules in plain words; the truth measures them and nothing else. ${notes.join("; ")}.`,
  ].join("\n\n");
}

const shareOf = (outcomes: readonly boolean[]): number =>
  outcomes.filter(Boolean).length / Math.max(1, outcomes.length);
