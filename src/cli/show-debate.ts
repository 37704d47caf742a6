import { type Condition, conditions, type SpeakerFigures } from "../oversight/index.ts";
import type { HeldDebate } from "../project/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

const names: Readonly<Record<Condition, string>> = {
  blind: "blind",
  consultancy: "consultancy",
  debate: "debate",
  "full-sight": "full sight",
  marks: "marks alone",
};

/** A row for each condition: how often the judge was right; then what debate gains. */
export function showDebate(held: HeldDebate, page: Page): string {
  const { debaters, judge, questions, consultants, gain, way, speakers, folder } = held;
  const dim = (cell: string): string => page.paint("dim", cell);
  const rows = conditions.flatMap((condition) => {
    const figures = held.conditions[condition];
    if (figures === undefined) return [];
    const missing = Object.entries(figures.undetermined).map(([reason, n]) => `${n} ${reason}`);
    return [[names[condition], percents(figures.accuracy), String(figures.accuracy.n), missing.join(", ")]];
  });
  const of = consultants && [
    ["  for the right answer", percents(consultants.right), String(consultants.right.n), ""],
    ["  for the wrong one", percents(consultants.wrong), String(consultants.wrong.n), ""],
  ];
  const at = rows.findIndex(([name]) => name === names.consultancy);
  const all = of === null ? rows : rows.toSpliced(at + 1, 0, ...of);
  return [
    `${page.paint("bold", debaters.join(" against "))}, judged by ${judge}: ${questions} questions`,
    "",
    table([["judge right, %", "", "n", "undetermined"].map(dim), ...all], "llrl", 1),
    "",
    ...(gain === null
      ? []
      : [` debate − consultancy   ${percents(gain)}${isEstimate(gain) ? " points" : ""}${sureness(gain)}`]),
    ...(way === null ? [] : [` of the way from blind to full sight   ${percents(way)}${isEstimate(way) ? " %" : ""}`]),
    ` quotations verified: ${quotesOf(speakers.right)} (right answer), ${quotesOf(speakers.wrong)} (wrong)`,
    ...silentOf(speakers.right.silent + speakers.wrong.silent),
    folder,
  ].join("\n");
}

const quotesOf = ({ quotes, verified }: SpeakerFigures): string => `${verified} of ${quotes}`;

const silentOf = (silent: number): string[] => (silent === 0 ? [] : [` ${silent} turns in which nothing was said`]);

const sureness = (gain: Measured): string =>
  isEstimate(gain) && gain.zeroVariance === true ? " (no question differs)" : "";

const percent = (share: number): string => (100 * share).toFixed(1);

function percents(measured: Measured): string {
  if (isEstimate(measured)) return `${percent(measured.estimate)} [${percent(measured.low)}–${percent(measured.high)}]`;
  return measured.estimate === null ? `– (${measured.note})` : percent(measured.estimate);
}
