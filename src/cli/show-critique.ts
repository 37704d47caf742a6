import type { Critiqued } from "../project/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

const percent = (estimate: Estimate | undefined): string =>
  estimate === undefined
    ? "–"
    : `${(100 * estimate.estimate).toFixed(1)} [${(100 * estimate.low).toFixed(1)}–${(100 * estimate.high).toFixed(1)}]`;

const sources = {
  world: "the world put in",
  model: "the model wrote in, and a second reading found",
  file: "a file gave",
} as const;

type Gains = Critiqued["found"]["tamper"]["gains"];

/** What a critic finds of planted flaws, by principle and level, and what it makes of a model's own answers. */
export function showCritique({ folder, found }: Critiqued, page: Page): string {
  const { critic, tamper, answers } = found;
  const dim = (title: string): string => page.paint("dim", title);
  const titles = ["", "level", "found", "false alarms", "precision", "n"].map(dim);
  const figures = (name: string, row: (typeof tamper.all)[number]): string[] => [
    name,
    String(row.level),
    percent(row.recall),
    percent(row.falseAlarms),
    row.precision === undefined ? "–" : (100 * row.precision.estimate).toFixed(1),
    `${row.recall?.n ?? 0}+${row.falseAlarms?.n ?? 0}`,
  ];
  const rows = tamper.rows.map((row) => figures(row.level === 1 ? row.principle : "", row));
  const all = tamper.all.map((row) => figures(row.level === 1 ? "all" : "", row));
  const unclear = tamper.all.map(({ level, unclear }) => `level ${level}: ${unclear}`).join(", ");
  const lines = [
    `${page.paint("bold", critic)}: flaws that ${sources[tamper.source]}, in ${tamper.pairs} answers, % with 95 % intervals`,
    "",
    table([titles, ...rows, ...all], "llrrrr", 1),
    "",
    `n: tampered and untampered answers; critiques without a finding: ${unclear}`,
    ...(tamper.unverified === 0
      ? []
      : [`${tamper.unverified} more were left out: a second reading did not find the flaw`]),
    ...showGains(tamper.gains),
  ];
  if (answers !== undefined) {
    const { of, n, figures: own, gains, revised } = answers;
    const cells = revised.map(({ level, revised: count, before, after }) => {
      const row = own.find((one) => one.level === level);
      return [
        String(level),
        percent(row?.recall),
        percent(row?.precision),
        String(count),
        percent(before),
        percent(after),
      ];
    });
    lines.push(
      "",
      `${page.paint("bold", of)}: ${n} answers of its own, every principle`,
      "",
      table(
        [["level", "flaws found", "precision", "revised", "flawed", "flawed after"].map(dim), ...cells],
        "lrrrrr",
        1,
      ),
      ...showGains(gains),
    );
  }
  return [...lines, "", `kept ${folder}/oversight/critique.json`].join("\n");
}

function showGains(gains: Gains): string[] {
  return gains.map(
    ({ level, recall, falseAlarms, precision, isKept }) =>
      `level ${level} ${isKept ? "kept" : "not kept"}: found ${showGain(recall)}, false alarms ${showGain(falseAlarms)}, precision ${precision === undefined ? "–" : points(precision)}`,
  );
}

const points = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(100 * value).toFixed(1)}`;
const showGain = (estimate: Estimate | undefined): string =>
  estimate === undefined ? "–" : `${points(estimate.estimate)} [${points(estimate.low)}, ${points(estimate.high)}]`;
