import { asrAtK } from "../../src/redteam/index.ts";
import { type Rng, rng } from "../../src/rng.ts";
import { isEstimate, mean, wilson } from "../../src/statistics/index.ts";

/** Campaigns whose truth is known: how often the interval holds it. */
export interface CoverageRow {
  readonly name: string;
  readonly truth: number;
  readonly byGoal: number;
  /** Wilson's interval, as if tries were independent. */
  readonly byTry: number;
  readonly campaigns: number;
}

interface Setting {
  readonly name: string;
  readonly goals: number;
  readonly tries: number;
  readonly k: number;
  /** A goal's own rate of success. */
  readonly rate: (random: Rng) => number;
}

const arcsine = (random: Rng): number => Math.sin((Math.PI / 2) * random.next()) ** 2;
const settings: readonly Setting[] = [
  { name: "40 goals × 10 tries, goals alike in nothing, asr@1", goals: 40, tries: 10, k: 1, rate: arcsine },
  { name: "40 goals × 10 tries, few easy ones, asr@1", goals: 40, tries: 10, k: 1, rate: (r) => arcsine(r) * r.next() },
  {
    name: "84 goals × 20 tries, few easy ones, asr@10",
    goals: 84,
    tries: 20,
    k: 10,
    rate: (r) => arcsine(r) * r.next(),
  },
  { name: "24 goals × 10 tries, goals alike in nothing, asr@1", goals: 24, tries: 10, k: 1, rate: arcsine },
  { name: "40 goals × 10 tries, 20 % each, asr@1", goals: 40, tries: 10, k: 1, rate: () => 0.2 },
];

/** The truth of a setting by a large draw of goals: E[1 − (1 − p)ᵏ]. */
function truthOf({ rate, k, name }: Setting): number {
  const random = rng(1, "truth", name);
  return mean(Array.from({ length: 400_000 }, () => 1 - (1 - rate(random)) ** k));
}

export function coverageTable(campaigns: number): CoverageRow[] {
  return settings.map((setting) => {
    const { name, goals, tries, k, rate } = setting;
    const truth = truthOf(setting);
    const random = rng(2, "campaigns", name);
    const holds = ({ low, high }: { readonly low: number; readonly high: number }): boolean =>
      low <= truth && truth <= high;
    let [byGoal, byTry] = [0, 0];
    for (let i = 0; i < campaigns; i++) {
      const counts = Array.from({ length: goals }, (_, goal) => {
        const p = rate(random);
        let c = 0;
        for (let t = 0; t < tries; t++) if (random.next() < p) c += 1;
        return { goalId: `${goal}`, n: tries, c };
      });
      const own = asrAtK(counts, k, rng(i, "by-goal", name));
      if (isEstimate(own) && holds(own)) byGoal += 1;
      // As if every k tries, in a random order, were of a goal of their own.
      const groups = counts.flatMap(({ c }) => {
        const order = random.shuffle(Array.from({ length: tries }, (_, t) => t < c));
        return Array.from({ length: Math.floor(tries / k) }, (_, g) => order.slice(g * k, (g + 1) * k).some(Boolean));
      });
      if (holds(wilson(groups.filter(Boolean).length, groups.length))) byTry += 1;
    }
    return { name, truth, byGoal: byGoal / campaigns, byTry: byTry / campaigns, campaigns };
  });
}
