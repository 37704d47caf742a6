import type { GuardedSummary } from "../project/index.ts";
import { metricName } from "../report/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

/** 0.002 as "0.2%". */
export const percentOf = (share: number): string => `${Number((100 * share).toPrecision(3))}%`;

const percent = (share: number): string => (100 * share).toFixed(1);

/** "3.1 % [2.0–4.8] of 812". */
export const formatRate = ({ estimate, low, high, n }: Estimate): string =>
  `${percent(estimate)} % [${percent(low)}–${percent(high)}] of ${n}`;

/** What a guard does to stored answers, in percent with 95 % intervals. */
export function showGuarded(subject: string, summary: GuardedSummary, page: Page): string {
  const cell = ({ estimate, low, high }: Estimate): string => `${percent(estimate)}  ${percent(low)}–${percent(high)}`;
  const rows = Object.entries(summary.metrics).map(([name, { unguarded, guarded, difference, pValue }]) => [
    metricName(name).label,
    String(unguarded.n),
    cell(unguarded),
    cell(guarded),
    cell(difference),
    pValue < 0.001 ? "<0.001" : pValue.toFixed(3),
  ]);
  const { falseBlocks, namedRight, blocked, answers, byPrinciple } = summary;
  const counts = Object.entries(byPrinciple).map(([id, count]) => `${id} ${count}`);
  return [
    page.paint("bold", `${subject} behind the guard: the same answers, paired`),
    table([["", "n", "unguarded", "guarded", "difference", "p"], ...rows], "lrrrrr"),
    `blocked ${blocked} of ${answers}${counts.length === 0 ? "" : ` (${counts.join(", ")})`}`,
    falseBlocks && `blocked though it breaks no principle: ${formatRate(falseBlocks)}`,
    namedRight && `names a principle that the answer breaks: ${formatRate(namedRight)}`,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}
