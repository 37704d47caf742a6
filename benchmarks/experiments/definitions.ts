import { estimateOf } from "../../src/evaluation/summary.ts";
import { harborPrinciples } from "./harbor-principles.ts";
import { onePrinciple } from "./one-principle.ts";
import type { Experiment, Variant, VariantResult } from "./runs.ts";
import { slCaiSettings } from "./sl-cai-settings.ts";
import { deletionMatrix, headlineTable, labelsTable, pairedTable, table } from "./tables.ts";

const seedFlags = (seed: number): readonly string[] => ["--seed", String(seed)];
const full: Variant = { name: "seed-1", flags: seedFlags(1) };

const byPrinciple = (results: readonly VariantResult[]): string =>
  table(
    ["run", ...harborPrinciples],
    results.map(({ variant, summary }) => [
      variant.name,
      ...harborPrinciples.map((id) => {
        const rate = estimateOf(summary.checkpoints["rl-cai"]?.["heldOut"], `byPrinciple.${id}`);
        return rate === undefined ? "–" : `${(100 * rate.estimate).toFixed(0)} (n=${rate.n})`;
      }),
    ]),
  );

export const experiments: readonly Experiment[] = [
  {
    name: "seeds",
    title: "Three seeds",
    question:
      "Does the method work, and does RL add something of its own, whatever the seed of prompts, sampling and training?",
    variants: [1, 2, 3].map((seed) => ({ name: `seed-${seed}`, flags: seedFlags(seed) })),
    render: (results) => [headlineTable(results, ["initial", "sl-cai", "rl-cai"]), pairedTable(results)].join("\n\n"),
  },
  {
    name: "deletion",
    title: "Deletion matrix",
    question:
      "When one principle is deleted, does its behaviour come back, and only that one? Rises in percentage points on held-out requests, after RL-CAI.",
    variants: [
      full,
      ...harborPrinciples.map((id) => ({ name: `without-${id}`, flags: ["--delete", id, ...seedFlags(1)] })),
    ],
    render: ([first, ...results]) =>
      first === undefined
        ? ""
        : deletionMatrix(
            first,
            results.map((result) => ({ id: result.variant.name.replace("without-", ""), result })),
            { checkpoint: "rl-cai", columns: harborPrinciples },
          ).markdown,
  },
  {
    name: "inversion",
    title: "Inverted principle",
    question:
      "When a principle is turned into its opposite, does the behaviour flip while the others hold? Violations of the original principle, in %.",
    variants: [
      full,
      ...["danger", "tone"].map((id) => ({ name: `inverted-${id}`, flags: ["--invert", id, ...seedFlags(1)] })),
    ],
    render: (results) => [byPrinciple(results), headlineTable(results, ["rl-cai"])].join("\n\n"),
  },
  {
    name: "empty",
    title: "Empty constitution",
    question: "Without any principle, does anything change?",
    variants: [
      full,
      {
        name: "empty",
        flags: ["--constitution", "benchmarks/experiments/empty.yaml", "--measured-by", "harbor", ...seedFlags(1)],
      },
    ],
    render: (results) => [headlineTable(results, ["initial", "sl-cai", "rl-cai"]), pairedTable(results)].join("\n\n"),
  },
  {
    name: "shuffled",
    preset: "brief",
    title: "Shuffled labels",
    question:
      "When the labels are shuffled among the pairs, does RL still gain? Where the epoch with the least held-out loss is kept, that may be the untrained model, and nothing could come of it; to the end, the preference model is trained on the shuffled labels all the same, and this control can fail.",
    variants: [
      full,
      ...["shuffled", "shuffled-to-the-end"].flatMap((labels) =>
        [1, 2, 3].map((seed) => ({
          base: `seed-${seed}`,
          name: `${labels}-${seed}`,
          flags: ["--labels", labels, ...seedFlags(seed)],
        })),
      ),
    ],
    render: (results) =>
      [pairedTable(results), labelsTable(results), headlineTable(results, ["sl-cai", "rl-cai"])].join("\n\n"),
  },
  {
    name: "selection",
    title: "Random against all principles",
    question: "What does one random principle per round, as in the paper, change against scanning all of them?",
    variants: [full, { name: "random-principles", flags: ["--principles", "random", ...seedFlags(1)] }],
    render: (results) => headlineTable(results, ["sl-cai", "rl-cai"]),
  },
  {
    name: "labels",
    preset: "brief",
    title: "Soft, hard, clamped and the paper's labels",
    question: "What do hard labels, clamped labels and one principle per label change?",
    variants: [
      full,
      ...["hard", "clamped", "paper"].map((labels) => ({
        base: "seed-1",
        name: `${labels}-labels`,
        flags: ["--labels", labels, ...seedFlags(1)],
      })),
    ],
    render: (results) => [headlineTable(results, ["rl-cai"]), pairedTable(results)].join("\n\n"),
  },
  {
    name: "overoptimisation",
    preset: "brief",
    title: "Gold against proxy reward over KL",
    question:
      "Does the gold reward follow the preference model's reward as RL moves away from SL-CAI, and where does it turn? Both on the same answers, as many to governed held-out requests (the paper's harmlessness) as to harmless ones (its helpfulness).",
    variants: [
      ...[1, 2, 3].map((seed) => ({ name: `seed-${seed}`, flags: seedFlags(seed) })),
      { base: "seed-1", name: "pushed", flags: ["--rl", "pushed", ...seedFlags(1)] },
    ],
    render: (results) =>
      [
        headlineTable(results, ["sl-cai", "rl-cai"]),
        table(
          ["run", "RL step", "KL, nats", "requests", "reward", "gold reward", "95 % interval", "n"],
          results.flatMap(({ variant, summary }) =>
            (summary.goldReward ?? []).flatMap(({ step, klNats, bySide = {}, ...all }) =>
              Object.entries({ all, ...bySide }).map(([side, { reward, gold }]) => [
                variant.name,
                String(step),
                klNats?.toFixed(2) ?? "–",
                side,
                reward?.toFixed(3) ?? "–",
                gold.estimate.toFixed(3),
                `[${gold.low.toFixed(3)}, ${gold.high.toFixed(3)}]`,
                String(gold.n),
              ]),
            ),
          ),
        ),
      ].join("\n\n"),
  },
  onePrinciple,
  slCaiSettings,
];
