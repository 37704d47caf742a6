import { relative } from "node:path";
import { type JudgeFigures, judgeFigures } from "../evaluation/index.ts";
import type { CalibratedPrinciple } from "../project/index.ts";
import { type Page, table } from "./layout.ts";

/** What a judge is worth on every principle, and on all together. */
export function showJudgeFigures(calibrated: readonly CalibratedPrinciple[], page: Page): string {
  const [first] = calibrated;
  if (first === undefined) return "nothing was calibrated";
  const { judge, again } = first.certificate;
  const head = ["", "n", "agrees", "kappa", "", "misses", "", "false alarms", "", "silent"].map((cell) =>
    page.paint("dim", cell),
  );
  const rows = calibrated.map(({ principleId, certificate }) => rowOf(principleId, judgeFigures([certificate]), page));
  const all = judgeFigures(calibrated.map(({ certificate }) => certificate));
  return [
    `${page.paint("bold", `The judge ${judge.model ?? "by strings"}`)} against people`,
    table([head, ...rows, ...(calibrated.length === 1 ? [] : [rowOf("all together", all, page)])], "lrrrlrlrlr"),
    ...[
      "misses: of the breaks that people see; false alarms: of the answers that they see none in; in percent,",
      "with 95 % intervals; silent: without a verdict",
    ].map((line) => page.paint("dim", `   ${line}`)),
    ...(again === undefined || calibrated.length > 1
      ? []
      : [page.paint("dim", `   asked twice, it agrees with itself on ${percent(again.agreement.estimate)}`)]),
    ...calibrated.map(({ path }) => relative(process.cwd(), path)),
  ].join("\n");
}

function rowOf(name: string, figures: JudgeFigures, page: Page): string[] {
  const { n, agreement, kappa, misses, falseAlarms, withoutVerdict } = figures;
  const [value, interval] =
    kappa.outcome === "estimated"
      ? [kappa.value.estimate.toFixed(2), `${kappa.value.low.toFixed(2)}–${kappa.value.high.toFixed(2)}`]
      : ["–", ""];
  return [
    name,
    String(n),
    agreement === undefined ? "–" : percent(agreement.estimate),
    value,
    page.paint("dim", interval),
    ...rateCells(misses, page),
    ...rateCells(falseAlarms, page),
    withoutVerdict === undefined ? "–" : percent(withoutVerdict.estimate),
  ];
}

function rateCells(rate: JudgeFigures["misses"], page: Page): [string, string] {
  if (rate === undefined) return ["–", ""];
  return [percent(rate.estimate), page.paint("dim", `${bare(rate.low)}–${bare(rate.high)} of ${rate.n}`)];
}

const bare = (share: number): string => (100 * share).toFixed(0);
const percent = (share: number): string => `${bare(share)} %`;
