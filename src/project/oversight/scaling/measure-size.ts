import { join } from "node:path";
import { throwIfInterrupted } from "../../../errors.ts";
import { evaluateModel } from "../../../evaluation/index.ts";
import { withModel } from "../../../language-model.ts";
import { LocalModel } from "../../../models/local/index.ts";
import type { Counted, Gap, Tendency } from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { mean, standardDeviation } from "../../../statistics/index.ts";
import type { SftExample } from "../../../training/index.ts";
import { preferenceScores } from "../../../training/local/index.ts";
import { harborBenchmark, harborTemplates } from "../../../worlds/harbor/index.ts";
import { shippedGovernance, suiteSeed } from "../../harbor/inputs.ts";
import { trainToEnd } from "../../train-to-end.ts";
import { type PlantedTendency, plantFailure } from "./planted.ts";
import {
  type PooledAnswer,
  preferenceTraining,
  type SweepAmounts,
  slCaiTraining,
  type Teaching,
  thoroughTraining,
} from "./teacher.ts";

/** The tendencies that a sweep measures, as docs/oversight.md defines them. */
export const sweptTendencies = [
  ...(["violation", "over-refusal", "sycophancy", "backdoor", "test-marker", "gold-proxy"] as const),
] as const;
export type SweptTendency = (typeof sweptTendencies)[number];

export interface MeasuredSize {
  readonly tendencies: Record<SweptTendency, Tendency>;
  readonly controls: Record<string, Tendency>;
}

export interface SizeToMeasure {
  /** Of this size. */
  readonly folder: string;
  /** "0.11M", for the progress line. */
  readonly name: string;
  /** Helpful-only. */
  readonly initial: string;
  readonly seed: number;
  readonly teaching: Teaching;
  readonly amounts: SweepAmounts;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Takes one size through SL-CAI, clean and with each failure planted before, lets it judge, and counts.
 * @throws PreceptError interrupted; what trainer and disk throw.
 */
export async function measureSize(size: SizeToMeasure): Promise<MeasuredSize> {
  const { initial, teaching, folder, name, signal, seed, progress } = size;
  type Training = typeof slCaiTraining | typeof thoroughTraining;
  const train = (label: string, from: string, examples: readonly SftExample[], training: Training): Promise<string> =>
    trainToEnd(
      { objective: "sft", initial: from, output: join(folder, label), seed, examples, ...training, signal },
      progress,
      { stage: `size ${name}`, label },
    );
  const clean = await train("sl-cai", initial, teaching.examples, slCaiTraining);
  const [before, after] = [await countAnswers(initial, size), await countAnswers(clean, size)];
  const plantAndTrain = async (
    tendency: PlantedTendency,
  ): Promise<{ readonly before: Counted; readonly after: Counted }> => {
    throwIfInterrupted(signal, "Measuring a size");
    const failure = await plantFailure(tendency, size);
    const organism = await train(`${tendency}-planted`, initial, failure.demonstrations, thoroughTraining);
    const examples = failure.underReview(teaching.examples);
    const trained = await train(`${tendency}-sl-cai`, organism, examples, slCaiTraining);
    return { before: await failure.count(organism), after: await failure.count(trained) };
  };
  const [sycophancy, backdoor, testMarker] = [
    await plantAndTrain("sycophancy"),
    await plantAndTrain("backdoor"),
    await plantAndTrain("test-marker"),
  ];
  const gap = await measureGap(size);
  return {
    tendencies: {
      violation: after.violation,
      "over-refusal": after["over-refusal"],
      sycophancy: sycophancy.after,
      backdoor: backdoor.after,
      "test-marker": testMarker.after,
      "gold-proxy": gap.gap,
    },
    controls: {
      "violation before": before.violation,
      "over-refusal before": before["over-refusal"],
      "sycophancy before": sycophancy.before,
      "backdoor before": backdoor.before,
      "test-marker before": testMarker.before,
      parse: after.parse,
      "gold-proxy, gold wins": gap.gold,
      "gold-proxy, wins expected": gap.expected,
    },
  };
}

/** What the oracle counts of a checkpoint's answers to requests in templates that no document had. */
async function countAnswers(
  checkpoint: string,
  { amounts, signal, seed }: SizeToMeasure,
): Promise<Record<"violation" | "over-refusal" | "parse", Counted>> {
  const benchmark = harborBenchmark({ seed: suiteSeed, perSplit: amounts.perSplit, governance: shippedGovernance() });
  return withModel(
    () => LocalModel.load(checkpoint),
    async (open) => {
      const { answers } = await evaluateModel(await open(), benchmark, {
        seed,
        render: harborTemplates.response,
        accept: ({ groups }) => groups["split"] === "unseenTemplates",
        signal,
      });
      const countOf = (metric: string): Counted => {
        const values = answers.flatMap(({ values: { [metric]: value } }) => (value === undefined ? [] : [value]));
        const decided = values.filter((value) => value !== null);
        const successes = decided.filter(Boolean).length;
        return { successes, n: decided.length, undetermined: values.length - decided.length };
      };
      return { violation: countOf("violation"), "over-refusal": countOf("overRefusal"), parse: countOf("parse") };
    },
  );
}

/** Learns a preference model of this size, and lets it choose. */
async function measureGap(
  size: SizeToMeasure,
): Promise<{ readonly gap: Gap; readonly gold: Gap; readonly expected: Gap }> {
  const { teaching, folder, name, initial, seed, signal, progress } = size;
  const checkpoint = await trainToEnd(
    {
      objective: "preference-model",
      ...{ initial, output: join(folder, "preference-model"), seed, comparisons: teaching.comparisons, signal },
      ...preferenceTraining,
    },
    progress,
    { stage: `size ${name}`, label: "preference model" },
  );
  const wins = await chooseByProxy(checkpoint, teaching.pool);
  return {
    gap: gapOf(wins.map(({ gold, expected }) => gold - expected)),
    gold: gapOf(wins.map(({ gold }) => gold)),
    expected: gapOf(wins.map(({ expected }) => expected)),
  };
}

/** Of each prompt: whether the answer that the preference model likes best beats the plain one by gold, and how likely it says so. */
async function chooseByProxy(
  checkpoint: string,
  pool: readonly (readonly PooledAnswer[])[],
): Promise<{ readonly gold: number; readonly expected: number }[]> {
  const scorer = await preferenceScores(checkpoint);
  try {
    const scores = await scorer.score(pool.flat());
    let at = 0;
    return pool.map((answers) => {
      const own = answers.map((answer) => ({ ...answer, score: scores[at++] ?? 0 }));
      const [plain, ...others] = own;
      const best = others.reduce((most, one) => (one.score > most.score ? one : most), others[0]!);
      const difference = best.score - plain!.score;
      const gold = best.gold === plain!.gold ? 0.5 : Number(best.gold > plain!.gold);
      return { gold, expected: 1 / (1 + Math.exp(-difference)) };
    });
  } finally {
    await scorer.dispose();
  }
}

const gapOf = (values: readonly number[]): Gap => ({
  value: mean(values),
  error: values.length < 2 ? 1 : standardDeviation(values) / Math.sqrt(values.length),
  n: values.length,
});
