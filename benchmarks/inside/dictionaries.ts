import { join } from "node:path";
import type { StoredDictionary } from "../../src/interpretability/index.ts";
import {
  evaluateFeatures,
  type FeatureEvaluation,
  finders,
  openFeatures,
  trainFeatures,
} from "../../src/project/index.ts";
import {
  type InsideJob,
  percent,
  progress,
  settingsOf,
  siteOfJob,
  spread,
  tableOf,
  withInterval,
  withPlace,
} from "./shared.ts";

/** Several seeds of the default recipe on RL-CAI: loss, and what the oracle finds in them. How alike they are is measured by "seeds". */
export async function measureDictionaries(job: InsideJob): Promise<string> {
  return withPlace(`${job.run}@rl-cai`, async (place) => {
    const learned: (StoredDictionary & { readonly folder: string })[] = [];
    const evaluations: FeatureEvaluation[] = [];
    for (let seed = 1; seed <= job.seeds; seed++) {
      const out = join(job.scratch, `seed-${seed}`);
      const command = "benchmarks/inside.ts";
      learned.push(
        await trainFeatures({
          places: [place],
          site: siteOfJob(place),
          settings: settingsOf(job, { seed }),
          out,
          command,
          progress,
        }),
      );
      const features = await openFeatures(out, `${job.run}@rl-cai`);
      evaluations.push(await evaluateFeatures({ features, texts: job.texts, withoutUntrained: seed !== 1, progress }));
      await features.close();
    }
    return [
      describeRecipe(learned[0]!),
      showLosses(learned, evaluations),
      showAttributes(evaluations),
      showCounts(evaluations),
    ].join("\n\n");
  });
}

function describeRecipe({ meta }: StoredDictionary): string {
  const { rows, steps, batch, k } = meta.precept;
  return `RL-CAI's checkpoint at ${meta.hook_name}, 1,024 features, k = ${k}, ${rows.toLocaleString("en")} activations, ${(steps * batch).toLocaleString("en")} read.`;
}

function showLosses(learned: readonly StoredDictionary[], evaluations: readonly FeatureEvaluation[]): string {
  const rows = evaluations.map(({ loss, silent }, index) => [
    String(index + 1),
    withInterval(loss.recovered),
    percent(loss.recoveredAgainstZero),
    loss.model.toFixed(4),
    loss.rebuilt.toFixed(4),
    loss.meanAblated.toFixed(4),
    percent(loss.unexplained),
    loss.l0.toFixed(1),
    String(silent),
    (learned[index]?.meta.precept.seconds ?? 0).toFixed(0),
  ]);
  const over = (read: (index: number) => number, digits: number): string =>
    spread(
      evaluations.map((_, index) => read(index)),
      digits,
    );
  if (evaluations.length > 1)
    rows.push([
      "mean (least–most)",
      over((i) => 100 * evaluations[i]!.loss.recovered.estimate, 1),
      over((i) => 100 * evaluations[i]!.loss.recoveredAgainstZero, 1),
      over((i) => evaluations[i]!.loss.model, 4),
      over((i) => evaluations[i]!.loss.rebuilt, 4),
      over((i) => evaluations[i]!.loss.meanAblated, 4),
      over((i) => 100 * evaluations[i]!.loss.unexplained, 1),
      over((i) => evaluations[i]!.loss.l0, 1),
      over((i) => evaluations[i]!.silent, 0),
      over((i) => learned[i]?.meta.precept.seconds ?? 0, 0),
    ]);
  const titles = [
    "seed",
    "loss recovered against the mean, %",
    "against 0, %",
    "nats: model",
    "rebuilt",
    "at its mean",
    "variance left, %",
    "features per token",
    "silent",
    "seconds",
  ];
  return tableOf(titles, rows);
}

/** The best feature for each principle beside the other finders: of one seed with its interval, of several the mean with least and most. */
function showAttributes(evaluations: readonly FeatureEvaluation[]): string {
  const [first] = evaluations;
  const rows = (first?.attributes ?? []).filter(({ group }) => group === "principle");
  const isOneSeed = evaluations.length === 1;
  const cells = rows.map(({ name, side, best }) => [
    name,
    side,
    ...finders.map((finder) => {
      const found = evaluations.flatMap(({ attributes }) => {
        const own = attributes.find((one) => one.group === "principle" && one.name === name && one.side === side);
        return own?.best[finder] ?? [];
      });
      const [only] = found;
      if (only === undefined) return "–";
      if (isOneSeed) return `${only.f1.toFixed(2)} [${only.low.toFixed(2)}–${only.high.toFixed(2)}]`;
      return spread(
        found.map(({ f1 }) => f1),
        2,
      );
    }),
    `${best.feature?.positives} of ${best.feature?.n}`,
  ]);
  const about = isOneSeed ? "principle, F1 (seed 1)" : "principle, F1: mean over seeds (least–most)";
  return tableOf([about, "read in the", ...finders, "holds of (seed 1)"], cells);
}

function showCounts(evaluations: readonly FeatureEvaluation[]): string {
  const groups = [...new Set(evaluations[0]?.attributes.map(({ group }) => group))];
  const rows = groups.map((group) => [
    group,
    String(evaluations[0]?.attributes.filter((one) => one.group === group).length),
    ...finders.map((finder) => {
      const counts = evaluations.flatMap(({ attributes }) => {
        const own = attributes.filter((one) => one.group === group && one.best[finder] !== undefined);
        return own.length === 0 ? [] : [own.filter(({ best }) => (best[finder]?.f1 ?? 0) > 0.8).length];
      });
      return counts.length === 0
        ? "–"
        : counts.length === 1
          ? counts.join()
          : `${counts.join(", ")}; mean ${spread(counts)}`;
    }),
  ]);
  return tableOf(["F1 above 0.8, by seed", "of", ...finders], rows);
}
