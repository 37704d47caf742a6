import type { ContrastSummary } from "../evaluation/index.ts";
import { tellExpressed } from "../report/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table, wrap } from "./layout.ts";

/** From this correlation on, R is little but the length of an answer. */
const mostlyLength = 0.8;

/** What the contexts of principles did to the model's answers: whether it can express each, and what R measures. */
export function showContrast({ byPrinciple, lengthCorrelation }: ContrastSummary, page: Page): string {
  const rows = Object.entries(byPrinciple).map(([id, { base, positive, told, isExpressed }]) => [
    id,
    showRate(base),
    showRate(positive),
    showRate(told),
    tellExpressed({ base, positive, isExpressed }),
  ]);
  const head = ["principle", "kept", "when told to", "R higher when told", "expressed"];
  const warning =
    lengthCorrelation !== undefined && Math.abs(lengthCorrelation) >= mostlyLength
      ? ": it measures little but length"
      : "";
  const length =
    lengthCorrelation === undefined
      ? []
      : [`R and the length of an answer correlate by ${lengthCorrelation.toFixed(2)}${warning}`];
  return [
    page.paint("cyan", "Contexts, in percent, with 95 % intervals and n"),
    table([head.map((name) => page.paint("dim", name)), ...rows], "lrrrl"),
    ...length.flatMap((text) => wrap(text, page.width - 3).map((line) => `   ${line}`)),
  ].join("\n");
}

function showRate(rate: Estimate | undefined): string {
  if (rate === undefined) return "–";
  const percent = (share: number): string => (100 * share).toFixed(0);
  return `${percent(rate.estimate)} [${percent(rate.low)}, ${percent(rate.high)}] ${rate.n}`;
}
