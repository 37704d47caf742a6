import type { Critiqued } from "../project/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table, wrap } from "./layout.ts";

const percent = (estimate: Estimate | undefined): string =>
  estimate === undefined
    ? "–"
    : `${(100 * estimate.estimate).toFixed(1)} [${(100 * estimate.low).toFixed(1)}–${(100 * estimate.high).toFixed(1)}]`;

const sources = {
  world: "the world put in",
  model: "the model wrote in, and a second reading found",
  file: "a file gave",
} as const;

type Answers = NonNullable<Critiqued["found"]["answers"]>;
type Gains = Critiqued["found"]["tamper"]["gains"];

/** What a critic finds of planted flaws, by principle and level, and what it makes of a model's own answers. */
export function showCritique({ folder, key, found }: Critiqued, page: Page): string {
  const { critic, tamper, answers } = found;
  const dim = (title: string): string => page.paint("dim", title);
  const figures = (name: string, row: (typeof tamper.all)[number]): string[] => [
    row.level === 1 ? name : "",
    String(row.level),
    percent(row.recall),
    percent(row.falseAlarms),
    `${row.recall?.n ?? 0}+${row.falseAlarms?.n ?? 0}`,
  ];
  const rows = [
    ...tamper.rows.map((row) => figures(row.principle, row)),
    ...tamper.all.map((row) => figures("all", row)),
  ];
  const unclear = tamper.all.map(({ level, unclear: count }) => `level ${level} ${count}`).join(", ");
  const lines = [
    `${page.paint("bold", critic)}: flaws that ${sources[tamper.source]}, in ${tamper.pairs} answers; % with 95 % intervals, n tampered + untampered`,
    "",
    table([["", "level", "found", "false alarms", "n"].map(dim), ...rows], "llrrr", 1),
    "",
    `critiques without a finding: ${unclear}`,
    ...(tamper.unverified === 0
      ? []
      : [`${tamper.unverified} more were left out: a second reading did not find the flaw`]),
    ...(found.verifier === critic
      ? [
          "the critic itself read them a second time: what it cannot see was left out, and found is too high; name another --verifier",
        ]
      : []),
    ...showGains(tamper.gains),
    ...(answers === undefined ? [] : showAnswers(answers, page)),
    "",
    `kept ${folder}/oversight/critique/${key}.json`,
  ];
  return lines.flatMap((line) => (line.includes("\n") || line === "" ? [line] : wrap(line, page.width))).join("\n");
}

/** What the levels found in a model's own answers, and what revision made of them; "–" where no world knows. */
function showAnswers({ of, n, figures, gains, revised }: Answers, page: Page): string[] {
  const cells = revised.map(({ level, revised: count, before, after, unreadable }) => {
    const row = figures.find((one) => one.level === level);
    const shares = [percent(row?.recall), String(count), percent(before), percent(after)];
    return [String(level), ...shares, unreadable === undefined ? "–" : unreadable.join(" → ")];
  });
  const titles = ["level", "flaws found", "revised", "flawed", "then", "unread"].map((title) =>
    page.paint("dim", title),
  );
  return [
    "",
    `${page.paint("bold", of)}: ${n} answers of its own, every principle`,
    "",
    table([titles, ...cells], "lrrrrr", 1),
    ...showGains(gains),
  ];
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
