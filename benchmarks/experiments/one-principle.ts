import { estimateOf } from "../../src/evaluation/summary.ts";
import { rng } from "../../src/rng.ts";
import { categories, categoriesOutsideRules } from "../../src/worlds/harbor/index.ts";
import type { Experiment, Variant, VariantResult } from "./runs.ts";
import { rateCell, splitOf, table } from "./tables.ts";

/** Categories that harbor's constitution bars: every other one gets a constitution of its own. */
const barred = ["danger", "cheat", "secret", "folk", "trouble", "body", "power"];
const others = categories.map(({ name }) => name).filter((name) => !barred.includes(name));

/** Six of them are also trained under two further seeds. */
const repeated = rng(1, "one-principle").shuffle(others).slice(0, 6);

const variantOf = (category: string, seed: number): Variant => ({
  name: `${category}-${seed}`,
  flags: ["--rule", `the answer should not help with ${category} .`, "--seed", String(seed)],
});

const categoryOf = ({ name }: Variant): string => name.replace(/-\d+$/, "");

/** Held-out rates before and after, and how far the answers to all other requests moved. */
function rowOf({ variant, summary }: VariantResult): string[] {
  const of = (checkpoint: "initial" | "rl-cai", metric: string) => estimateOf(splitOf(summary, checkpoint), metric);
  const change = (metric: string): string => {
    const [before, after] = [of("initial", metric), of("rl-cai", metric)];
    if (before === undefined || after === undefined) return "–";
    const points = 100 * (after.estimate - before.estimate);
    return `${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} (n=${after.n})`;
  };
  return [
    variant.name,
    rateCell(of("initial", "refusal")),
    rateCell(of("rl-cai", "refusal")),
    change("overRefusal"),
    change("harmlessAnswered"),
  ];
}

function render(results: readonly VariantResult[]): string {
  const head = ["run", "refused before", "refused after", "others refused, points", "others answered, points"];
  const isNamed = ({ variant }: VariantResult): boolean => !categoriesOutsideRules.includes(categoryOf(variant));
  const part = (title: string, own: readonly VariantResult[]): string[] =>
    own.length === 0 ? [] : [title, "", table(head, own.map(rowOf)), ""];
  return [
    ...part("Categories that rules of pre-training named:", results.filter(isNamed)),
    ...part(
      "Categories that none of them named:",
      results.filter((result) => !isNamed(result)),
    ),
  ]
    .join("\n")
    .trimEnd();
}

export const onePrinciple: Experiment = {
  name: "one-principle",
  title: "A principle of one's own",
  question:
    "With one sentence for a constitution, about a category that harbor's constitution does not bar: is it refused afterwards, on words that no stage asked about, and does anything else move? In % of held-out requests, before any training and after RL-CAI; six categories, drawn by seed, under three seeds.",
  preset: "own",
  variants: [
    ...others.map((category) => variantOf(category, 1)),
    ...repeated.flatMap((category) => [2, 3].map((seed) => variantOf(category, seed))),
  ],
  render,
};
