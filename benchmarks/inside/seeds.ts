import { join } from "node:path";
import { encode, matchActivations, matchRows, type SparseCode } from "../../src/interpretability/index.ts";
import { learnUntrained, type OpenedFeatures, openFeatures, trainFeatures } from "../../src/project/index.ts";
import { rng } from "../../src/rng.ts";
import { clusterBootstrap, type Estimate } from "../../src/statistics/index.ts";
import { inspectionText } from "../../src/worlds/harbor/index.ts";
import { type InsideJob, progress, settingsOf, siteOfJob, spread, tableOf, withPlace } from "./shared.ts";

/** Texts that features are matched over, which no dictionary learned from. */
const texts = 600;
const matchedSeed = 99;
/** Rows that begin alike are alike for that: the control begins as no dictionary does. */
const untrainedSeed = 1_000_000;

interface Coded {
  readonly name: string;
  readonly decoder: Float32Array;
  readonly size: number;
  readonly code: SparseCode;
}

/** How alike dictionaries of other seeds are, feature by feature, beside one of an untrained network. */
export async function measureSeeds(job: InsideJob): Promise<string> {
  const coded: Coded[] = [];
  let untrained: Coded | undefined;
  let width = 0;
  const site = await withPlace(`${job.run}@rl-cai`, async (place) => siteOfJob(place));
  const sequencesOf = ({ place }: OpenedFeatures): number[][] =>
    Array.from({ length: texts }, (_, n) => place.model.tokenizer.encode(inspectionText(matchedSeed, n)));
  for (let seed = 1; seed <= job.seeds; seed++) {
    const out = join(job.scratch, `seed-${seed}`);
    await withPlace(`${job.run}@rl-cai`, (place) =>
      trainFeatures({
        ...{
          places: [place],
          site,
          settings: settingsOf(job, { seed }),
          out,
          command: "benchmarks/inside.ts",
          progress,
        },
      }),
    );
    const features = await openFeatures(out, `${job.run}@rl-cai`);
    try {
      const { dictionary, encoder, place } = features;
      const sequences = sequencesOf(features);
      const [values] = (await place.model.activations(sequences, [site])) as [Float32Array];
      const code = await encode(encoder, dictionary, values);
      width = dictionary.outputs;
      coded.push({ name: String(seed), decoder: dictionary.decoder, size: dictionary.features, code });
      if (seed === 1) {
        const control = await learnUntrained(features, { progress, dictionarySeed: untrainedSeed });
        const [own] = (await control.model.activations(sequences, [site])) as [Float32Array];
        const { decoder, features: size } = control.dictionary;
        untrained = { name: "untrained", decoder, size, code: await encode(control.encoder, control.dictionary, own) };
        await control.dispose();
      }
    } finally {
      await features.close();
    }
  }
  return describeMatches(coded, untrained!, width, site);
}

function describeMatches(coded: readonly Coded[], untrained: Coded, width: number, site: string): string {
  const pairs = coded.flatMap((own, i) => coded.slice(i + 1).map((other) => matchPair(own, other, width)));
  const controls = coded.map((own) => matchPair(own, untrained, width));
  const [first] = coded as [Coded];
  const rowOf = ({ label, live, correlation, cosine }: Matched): string[] => [
    label,
    String(live),
    format(correlation),
    format(cosine),
  ];
  const tokens = first.code.starts.length - 1;
  const over = (found: readonly Matched[], of: "correlation" | "cosine"): string =>
    spread(
      found.map((one) => one[of].estimate),
      2,
    );
  return [
    `For each feature of one dictionary that is active in ${texts} texts (${tokens.toLocaleString("en")} tokens) which no dictionary learned from, the feature of another that is most like it, at ${site}: by Pearson's correlation of their activations over tokens, as Bricken et al. (2023) measure it (their median is 0.72), and by the cosine of decoder rows. Medians over features, with 95 % bootstrap intervals over them. The control is the same recipe on a network with random weights that reads the same texts: its rows stand in numbers of another meaning, so that their cosine is what chance has in ${width} dimensions.`,
    tableOf(
      ["dictionaries, by seed", "live features", "correlation, median", "cosine, median"],
      [...pairs.map(rowOf), ...controls.map(rowOf)],
    ),
    `Mean over pairs of seeds (least–most): correlation ${over(pairs, "correlation")}, cosine ${over(pairs, "cosine")}. Against the untrained network: ${over(controls, "correlation")} and ${over(controls, "cosine")}.`,
  ].join("\n\n");
}

interface Matched {
  readonly label: string;
  readonly live: number;
  readonly correlation: Estimate;
  readonly cosine: Estimate;
}

function matchPair(own: Coded, other: Coded, width: number): Matched {
  const byActivation = matchActivations(own.code, own.size, other.code, other.size);
  const byRow = matchRows(own.decoder, other.decoder, width);
  const live = [...byActivation.keys()].filter((feature) => byActivation[feature] !== undefined);
  const label = `${own.name} and ${other.name}`;
  return {
    label,
    live: live.length,
    correlation: estimateMedian(
      live.map((feature) => byActivation[feature]!.likeness),
      label,
    ),
    cosine: estimateMedian(
      live.map((feature) => byRow[feature]!.likeness),
      label,
    ),
  };
}

function estimateMedian(values: readonly number[], label: string): Estimate {
  const clusters = values.map((_, feature) => String(feature));
  return clusterBootstrap(values, clusters, medianOf, { rng: rng(1, "cross-seed", label), resamples: 1000 });
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const format = ({ estimate, low, high }: Estimate): string =>
  `${estimate.toFixed(2)} [${low.toFixed(2)}–${high.toFixed(2)}]`;
