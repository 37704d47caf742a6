import { type Rng, rng } from "../rng.ts";
import type { Estimate } from "./estimate.ts";
import {
  bradleyTerry,
  clusteredMean,
  clusteredRate,
  eloPerNat,
  type Game,
  mcnemar,
  meanInterval,
  pairedDifference,
  wilson,
} from "./index.ts";

/** How often an interval of a known truth holds it, in draws of an experiment. */
export function coverage(
  name: string,
  truth: number,
  draw: (random: Rng) => Pick<Estimate, "low" | "high">,
  draws = 10_000,
): number {
  const random = rng(11, "coverage", name);
  let covered = 0;
  for (let i = 0; i < draws; i++) {
    const { low, high } = draw(random);
    if (low <= truth && truth <= high) covered += 1;
  }
  return covered / draws;
}

const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** Items in clusters: a shared part of variance ρ and an own one of 1 − ρ. */
function drawClustered(
  random: Rng,
  clusters: number,
  size: number,
  rho: number,
): { values: number[]; names: string[] } {
  const values: number[] = [];
  const names: string[] = [];
  for (let c = 0; c < clusters; c++) {
    const shared = Math.sqrt(rho) * random.normal();
    for (let i = 0; i < size; i++) {
      values.push(shared + Math.sqrt(1 - rho) * random.normal());
      names.push(`${c}`);
    }
  }
  return { values, names };
}

/** Sizes that differ: cluster c holds 1 to 7 items. */
function drawUneven(random: Rng): { values: number[]; names: string[] } {
  const { values, names } = drawClustered(random, 60, 7, 0.5);
  const keep = values.map((_, i) => i % 7 <= (Number(names[i]) * 5) % 7);
  return { values: values.filter((_, i) => keep[i]), names: names.filter((_, i) => keep[i]) };
}

/** Two of three players, each pair on 100 prompts: the lead of the first. */
function lead(random: Rng, isClustered: boolean): Pick<Estimate, "low" | "high"> {
  const games = times(100, (prompt) =>
    pairs.map(([first, second]): Game => {
      const p = 1 / (1 + Math.exp((strength[second] ?? 0) - (strength[first] ?? 0)));
      return { first, second, score: random.next() < p ? 1 : 0, ...(isClustered ? { cluster: `${prompt}` } : {}) };
    }),
  ).flat();
  return bradleyTerry(games).difference("a", "b");
}

const strength: Readonly<Record<string, number>> = { a: 0.6, b: 0, c: -0.4 };
const pairs = [
  ["a", "b"],
  ["b", "c"],
  ["a", "c"],
] as const;

/** Name, truth, and one draw of the interval. */
export const experiments: readonly (readonly [string, number, (random: Rng) => Pick<Estimate, "low" | "high">])[] = [
  [
    "Wilson, n = 200, p = 0.3",
    0.3,
    (random) => wilson(times(200, () => random.next() < 0.3).filter(Boolean).length, 200),
  ],
  ["mean of 8 normals", 0, (random) => meanInterval(times(8, () => random.normal()))],
  ["mean of 100 uniforms", 0.5, (random) => meanInterval(times(100, () => random.next()))],
  [
    "paired difference, correlated sides",
    0.2,
    (random) => {
      const common = times(80, () => random.normal());
      return pairedDifference(
        common.map((x) => x + 0.2 + 0.5 * random.normal()),
        common.map((x) => x + 0.5 * random.normal()),
      );
    },
  ],
  [
    "difference of shares on the same 300 items",
    0.05,
    (random) => {
      const draws = times(300, () => random.next());
      return mcnemar(
        draws.map((u) => u < 0.45),
        draws.map((u) => u < 0.3 || (u >= 0.45 && u < 0.55)),
      ).difference;
    },
  ],
  [
    "clustered mean, 40 clusters of 4, ρ = 0.5",
    0,
    (random) => {
      const { values, names } = drawClustered(random, 40, 4, 0.5);
      return clusteredMean(values, names);
    },
  ],
  [
    "clustered mean, 60 clusters of 1 to 7, ρ = 0.5",
    0,
    (random) => {
      const { values, names } = drawUneven(random);
      return clusteredMean(values, names);
    },
  ],
  [
    "clustered rate, 60 clusters of 5, ρ = 0.5, half are true",
    0.5,
    (random) => {
      const { values, names } = drawClustered(random, 60, 5, 0.5);
      return clusteredRate(
        values.map((value) => value > 0),
        names,
      );
    },
  ],
  [
    "clustered rate, 100 clusters of 4, 16 % are true",
    0.15865525393145707,
    (random) => {
      const { values, names } = drawClustered(random, 100, 4, 0.5);
      return clusteredRate(
        values.map((value) => value > 1),
        names,
      );
    },
  ],
  ["Bradley–Terry, the lead of one player over another", 0.6 * eloPerNat, (random) => lead(random, false)],
  ["Bradley–Terry, the same with prompts as clusters", 0.6 * eloPerNat, (random) => lead(random, true)],
];
