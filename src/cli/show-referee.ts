import type { Refereed } from "../project/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

/** The honest score of each method. */
export function showReferee(
  { rows, ceiling, retrainings, queries, examples, trained, folder }: Refereed,
  page: Page,
): string {
  const order = [...rows].sort((a, b) => b.lds.estimate - a.lds.estimate);
  const cells = order.map(({ method, lds, slope }) => [
    method,
    ...showMeasured(lds),
    method.startsWith("ekfac") ? (slope?.toPrecision(2) ?? "–") : "",
  ]);
  const head = ["method", "LDS", "low", "high", "came of 1 nat"].map((cell) => page.paint("dim", cell));
  return [
    page.paint(
      "bold",
      `linear datamodeling score on ${trained}: ${retrainings} halves of ${examples} examples, ${queries} answers`,
    ),
    table([head, ...cells, ["ceiling: the same halves, trained again", ...showMeasured(ceiling), ""]], "lrrrr"),
    page.paint("dim", `   1: foretells the order of retrained models; 0: says nothing. Retrainings stand in ${folder}`),
  ].join("\n");
}

const showMeasured = (measured: Measured): string[] =>
  isEstimate(measured)
    ? [measured.estimate, measured.low, measured.high].map((value) => value.toFixed(3))
    : ["–", "–", measured.note];
