import type { Estimate } from "../statistics/index.ts";
import type { SteeringSummary } from "../steering/index.ts";
import { type Page, table } from "./layout.ts";

/** A table for each model, and how the others differ from the first. */
export function showSteering({ task, items, formats, rows, differences }: SteeringSummary, page: Page): string {
  const wordings = formats === 1 ? "one wording" : `${formats} wordings`;
  const head = `${task}: ${items} items, ${wordings}, in percent with 95 % intervals`;
  const models = [...Map.groupBy(rows, ({ model }) => model)].map(([model, own]) => {
    const cells = own.map(({ rung, n, failed, rates, byFormat, tokens }) => [
      rung,
      percent(rates.parsed),
      percent(rates.fits),
      percent(rates.right),
      range(byFormat.right),
      formatShare(rates.repaired),
      formatShare(rates.refused),
      tokens.toFixed(0),
      failed === 0 ? String(n) : `${n} + ${failed} failed`,
    ]);
    const titles = ["", "parses", "fits", "right", "right by wording", "mended", "refused", "tokens", "n"];
    return `${page.paint("bold", model)}\n${table([titles, ...cells], "lrrrrrrrr")}`;
  });
  const compared = differences.map(({ rung, first, second, difference, pValue }) => {
    const { estimate, low, high } = difference;
    const points = [estimate, low, high].map((value) => (100 * value).toFixed(1));
    return `${rung}: ${first} − ${second}, right: ${points[0]} points [${points[1]}, ${points[2]}], p = ${pValue.toFixed(3)}`;
  });
  return [head, ...models, ...compared].join("\n\n");
}

function percent(rate: Estimate | undefined): string {
  if (rate === undefined) return "–";
  const [estimate, low, high] = [rate.estimate, rate.low, rate.high].map((value) => (100 * value).toFixed(0));
  return `${estimate} [${low}–${high}]`;
}

const formatShare = (rate: Estimate | undefined): string =>
  rate === undefined ? "–" : (100 * rate.estimate).toFixed(0);
const range = ({ least, most }: { readonly least: number; readonly most: number }): string =>
  `${(100 * least).toFixed(0)}–${(100 * most).toFixed(0)}`;
