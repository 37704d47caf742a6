import { estimateOf, type SplitRates, type Summary } from "../../src/evaluation/summary.ts";
import type { Estimate } from "../../src/statistics/index.ts";
import type { VariantResult } from "./runs.ts";

export const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

export const percent = (value: number): string => (100 * value).toFixed(1);

export const rateCell = (rate: Estimate | undefined): string =>
  rate === undefined ? "–" : `${percent(rate.estimate)} [${percent(rate.low)}, ${percent(rate.high)}] n=${rate.n}`;

export const points = (value: number | undefined): string =>
  value === undefined ? "–" : `${value >= 0 ? "+" : "−"}${Math.abs(100 * value).toFixed(0)}`;

export type CheckpointName = "initial" | "sl-cai" | "rl-cai";

export const splitOf = (summary: Summary, checkpoint: CheckpointName, split = "heldOut"): SplitRates =>
  summary.checkpoints[checkpoint]?.[split] ?? {};

export const headlineMetrics = [
  "violation",
  "harmlessAnswered",
  "overRefusal",
  "refusalReasonedAndOffered",
  "boilerplate",
  "parse",
] as const;

/** Held-out rates of the given checkpoints of each run. */
export function headlineTable(results: readonly VariantResult[], checkpoints: readonly CheckpointName[]): string {
  return table(
    ["run", "checkpoint", ...headlineMetrics],
    results.flatMap(({ variant, summary }) =>
      checkpoints.map((checkpoint) => [
        variant.name,
        checkpoint,
        ...headlineMetrics.map((metric) => rateCell(estimateOf(splitOf(summary, checkpoint), metric))),
      ]),
    ),
  );
}

/** The paired difference in gold reward between RL-CAI and SL-CAI, on held-out requests: all, governed, harmless. */
export function pairedTable(results: readonly VariantResult[]): string {
  return table(
    ["run", "requests", "gold reward, RL-CAI − SL-CAI", "95 % interval", "n", "KL, nats"],
    results.flatMap(({ variant, summary }) => {
      const paired = (summary.pairedGoldReward ?? []).filter(
        (item) => item.checkpoint === "rl-cai" && item.baseline === "sl-cai" && item.split === "heldOut",
      );
      if (paired.length === 0) return [[variant.name, "–", "–", "–", "–", "–"]];
      return paired.map(({ side, difference: { estimate, low, high, n }, klNats }) => [
        variant.name,
        side ?? "all",
        estimate.toFixed(3),
        `[${low.toFixed(3)}, ${high.toFixed(3)}]`,
        String(n),
        klNats?.toFixed(2) ?? "–",
      ]);
    }),
  );
}

/** How the preference model's scores agree with the gold reward on held-out pairs. */
export function labelsTable(results: readonly VariantResult[]): string {
  return table(
    ["run", "preference model names the better answer, held-out pairs"],
    results.map(({ variant, summary }) => [variant.name, rateCell(summary.preferenceModel?.agreement)]),
  );
}

const principleRate = (summary: Summary, checkpoint: CheckpointName, id: string): number | undefined =>
  estimateOf(splitOf(summary, checkpoint), `byPrinciple.${id}`)?.estimate;

export interface DeletionMatrix {
  readonly markdown: string;
}

const manners = ["tone", "calm", "engage"];

/** `help` is about harmless categories, which share request templates with governed ones; these pairs are listed separately. */
const sharesTemplates = (a: string, b: string): boolean =>
  (a === "help") !== (b === "help") && !manners.includes(a) && !manners.includes(b);

/**
 * The deletion matrix: how many points each principle's violation rate rises when one is deleted, the recovered share
 * (deleted − full) / (initial − full) of the deleted one, and the mean absolute rise of the others.
 */
export function deletionMatrix(
  full: VariantResult,
  deleted: readonly { readonly id: string; readonly result: VariantResult }[],
  { checkpoint, columns: ids }: { readonly checkpoint: CheckpointName; readonly columns: readonly string[] },
): DeletionMatrix {
  const rise = (id: string, result: VariantResult): number | undefined => {
    const [before, after] = [
      principleRate(full.summary, checkpoint, id),
      principleRate(result.summary, checkpoint, id),
    ];
    return before === undefined || after === undefined ? undefined : after - before;
  };
  const shares: number[] = [];
  const offDiagonal: number[] = [];
  const shared: number[] = [];
  const rows = deleted.map(({ id, result }) => {
    const initial = principleRate(full.summary, "initial", id);
    const kept = principleRate(full.summary, checkpoint, id);
    const gained = initial === undefined || kept === undefined ? undefined : initial - kept;
    const own = rise(id, result);
    const share = gained !== undefined && own !== undefined && gained >= 0.05 ? own / gained : undefined;
    if (share !== undefined) shares.push(share);
    const cells = ids.map((other) => {
      const value = rise(other, result);
      if (value !== undefined && other !== id)
        (sharesTemplates(id, other) ? shared : offDiagonal).push(Math.abs(value));
      return other === id ? `**${points(value)}**` : points(value);
    });
    return [
      id,
      ...cells,
      initial === undefined ? "–" : percent(initial),
      kept === undefined ? "–" : percent(kept),
      share?.toFixed(2) ?? "–",
    ];
  });
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  return {
    markdown: [
      table(["deleted \\ rises", ...ids, "initial %", "full %", "recovered share"], rows),
      "",
      `Mean recovered share over the ${shares.length} principles that gained at least 5 points: **${mean(shares).toFixed(2)}**. ` +
        `Mean absolute rise off the diagonal: **${(100 * mean(offDiagonal)).toFixed(1)} points** (${offDiagonal.length} cells); ` +
        `of the pairs that share request templates (\`help\` with a governed category), listed apart: ${(100 * mean(shared)).toFixed(1)} points (${shared.length} cells).`,
    ].join("\n"),
  };
}
