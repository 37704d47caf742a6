import { join } from "node:path";
import { Encoder, encode, type StoredDictionary } from "../../src/interpretability/index.ts";
import {
  evaluateFeatures,
  type FeatureEvaluation,
  finders,
  type OpenedPlace,
  openFeatures,
  trainFeatures,
} from "../../src/project/index.ts";
import { inspectionText } from "../../src/worlds/harbor/index.ts";
import {
  type InsideJob,
  percent,
  progress,
  settingsOf,
  siteOfJob,
  tableOf,
  withInterval,
  withPlace,
} from "./shared.ts";

/** Several seeds of the default recipe on RL-CAI: loss, what the oracle finds in them, and how alike they are. */
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
      ...(learned.length < 2
        ? []
        : [
            `Cross-seed: of a feature of seed 1 and the feature of another seed that goes with it most over tokens, the median correlation is ${await matchSeeds(place, learned)} (over features that are active; the paper's is 0.72).`,
          ]),
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

/** The best feature for each principle beside the other finders; seed 1, where all of them were asked. */
function showAttributes([first]: readonly FeatureEvaluation[]): string {
  const rows = (first?.attributes ?? []).filter(({ group }) => group === "principle");
  const cells = rows.map(({ name, side, best }) => [
    name,
    side,
    ...finders.map((finder) => {
      const own = best[finder];
      return own === undefined ? "–" : `${own.f1.toFixed(2)} [${own.low.toFixed(2)}–${own.high.toFixed(2)}]`;
    }),
    `${best.feature?.positives} of ${best.feature?.n}`,
  ]);
  return tableOf(["principle, F1 (seed 1)", "read in the", ...finders, "holds of"], cells);
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
      return counts.join(", ");
    }),
  ]);
  return tableOf(["F1 above 0.8, by seed", "of", ...finders], rows);
}

/** Median over the features of one seed of the greatest correlation with a feature of another. */
async function matchSeeds(place: OpenedPlace, learned: readonly StoredDictionary[]): Promise<string> {
  const { model } = place;
  const texts = Array.from({ length: 400 }, (_, n) => model.tokenizer.encode(inspectionText(99, n)));
  const [values] = (await model.activations(texts, [siteOfJob(place)])) as [Float32Array];
  const columns: Float64Array[][] = [];
  for (const { dictionary } of learned) {
    const encoder = await Encoder.create(dictionary);
    const { starts, features, values: active } = await encode(encoder, dictionary, values);
    await encoder.release();
    const dense = Array.from({ length: dictionary.features }, () => new Float64Array(starts.length - 1));
    for (let row = 0; row < starts.length - 1; row++)
      for (let n = starts[row]!; n < starts[row + 1]!; n++) dense[features[n]!]![row] = active[n]!;
    columns.push(dense.flatMap((column) => standardise(column)));
  }
  const [first, ...others] = columns as [Float64Array[], ...Float64Array[][]];
  return others
    .map((other) => {
      const best = first.map((a) => other.reduce((most, b) => Math.max(most, dot(a, b)), 0)).sort((a, b) => a - b);
      return `${best[Math.floor(best.length / 2)]?.toFixed(2)} (seed ${columns.indexOf(other) + 1}, n = ${best.length})`;
    })
    .join(" and ");
}

/** Of mean 0 and length 1; nothing where it never varies. */
function standardise(column: Float64Array): Float64Array[] {
  const mean = column.reduce((sum, x) => sum + x, 0) / column.length;
  const centred = column.map((x) => x - mean);
  const norm = Math.sqrt(centred.reduce((sum, x) => sum + x * x, 0));
  return norm > 1e-9 ? [centred.map((x) => x / norm)] : [];
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
