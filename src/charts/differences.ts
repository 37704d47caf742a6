import { scaleTo } from "./axes.ts";
import { type Drawing, drawShape, round } from "./svg.ts";

/** A difference of two shares with its interval, on a line from −100 to +100 points. */
export function drawDifference(
  { estimate, low, high }: { readonly estimate: number; readonly low: number; readonly high: number },
  width: number,
): Drawing {
  const scale = scaleTo({ domain: [-1, 1] }, [6, width - 6]);
  const x = (value: number): number => round(scale(value));
  const isClear = low > 0 || high < 0;
  return {
    width,
    height: 20,
    label: `${points(estimate)}, from ${points(low)} to ${points(high)}`,
    shapes: [
      drawShape("line", { x1: x(-1), x2: x(1), y1: 10, y2: 10, stroke: "var(--rule)" }),
      drawShape("line", { x1: x(0), x2: x(0), y1: 1, y2: 19, stroke: "var(--rule2)" }),
      drawShape("line", {
        x1: x(low),
        x2: x(high),
        y1: 10,
        y2: 10,
        stroke: "var(--ink)",
        "stroke-width": 2.4,
        "stroke-linecap": "round",
      }),
      drawShape("circle", {
        cx: x(estimate),
        cy: 10,
        r: 4.6,
        fill: isClear ? "var(--ink)" : "var(--paper)",
        stroke: "var(--ink)",
        "stroke-width": 1.6,
      }),
    ],
    table: { head: ["", "points"], rows: [["difference", points(estimate)]] },
  };
}

/** 0.12 → "+12", −0.055 → "−5.5"; a minus is a minus. */
export function points(share: number): string {
  const value = 100 * share;
  const text =
    Math.abs(value) >= 10 || Number.isInteger(value) ? Math.abs(value).toFixed(0) : Math.abs(value).toFixed(1);
  if (Number(text) === 0) return "0";
  return `${value < 0 ? "−" : "+"}${text}`;
}
