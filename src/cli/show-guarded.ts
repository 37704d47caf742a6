import type { FrontierPoint, GuardedSummary, RefusalSummary, WhoRefused } from "../project/index.ts";
import { metricName } from "../report/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

/** 0.002 as "0.2%". */
export const percentOf = (share: number): string => `${Number((100 * share).toPrecision(3))}%`;

const percent = (share: number): string => (100 * share).toFixed(1);

/** "3.1 % [2.0–4.8] of 812". */
export const formatRate = ({ estimate, low, high, n }: Estimate): string =>
  `${percent(estimate)} % [${percent(low)}–${percent(high)}] of ${n}`;

/** Who refused harmless and harmful requests, and what each principle costs and stops. */
export function showRefusals({ harmless, harmful, byPrinciple, frontier }: RefusalSummary): string {
  const who = (name: string, { n, model, guard, both, nobody }: WhoRefused): string[] => [
    name,
    ...[n, model, guard, both, nobody].map(String),
  ];
  const point = ({ falseBlocks, breaches }: Omit<FrontierPoint, "principles">): string[] => [
    cell(falseBlocks),
    (1000 * falseBlocks.estimate).toFixed(0),
    cell(breaches),
  ];
  const steps = frontier.map(({ principles, ...rest }) => [principles.at(-1) ?? "no principle", ...point(rest)]);
  return [
    table(
      [
        ["refused by", "n", "model alone", "guard alone", "both", "nobody"],
        who("harmless requests", harmless),
        who("harmful requests", harmful),
      ],
      "lrrrrr",
    ),
    "",
    table(
      [
        ["each principle alone", "false blocks", "per 1,000", "breaches delivered"],
        ...Object.entries(byPrinciple).map(([id, own]) => [id, ...point(own)]),
      ],
      "lrrr",
    ),
    "",
    table([["and added one by one", "false blocks", "per 1,000", "breaches delivered"], ...steps], "lrrr"),
  ].join("\n");
}

const cell = ({ estimate, low, high }: Estimate): string => `${percent(estimate)}  ${percent(low)}–${percent(high)}`;

/** What a guard does to stored answers, in percent with 95 % intervals. */
export function showGuarded(subject: string, summary: GuardedSummary, page: Page): string {
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
    summary.refusals && `\n${showRefusals(summary.refusals)}`,
  ]
    .filter((line) => line !== undefined)
    .join("\n");
}
