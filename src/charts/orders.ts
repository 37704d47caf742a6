import { drawFigure, type Mark } from "./panels.ts";
import type { Drawing } from "./svg.ts";

/** One judgement in both orders of the answers. */
export interface OrdersPoint {
  readonly id: string;
  readonly label: string;
  /** Shares, 0–1. */
  readonly x: number;
  readonly y: number;
}

const ticks = [0, 0.5, 1].map((at) => ({ at, label: String(100 * at) }));
/** Rows of the table: of more, the list has all. */
const mostRows = 100;

/** P(first is better) as given against swapped. A judge that reads the answers stands on the diagonal. */
export function drawOrders(points: readonly OrdersPoint[], width: number): Drawing {
  const turned = points.filter(({ x, y }) => x > 0.5 !== y > 0.5).length;
  const field = (left: number, bottom: number): Mark => ({
    ...{ kind: "field", from: [left, bottom], to: [left + 0.5, bottom + 0.5], colour: "var(--del-wash)" },
  });
  return drawFigure(
    {
      label: `${points.length} judgements in both orders of the answers: ${turned} turned with the order`,
      panels: [
        {
          x: { title: "P(first answer is better), as given, %", domain: [0, 1], ticks },
          y: { title: "with the answers swapped, %", domain: [0, 1], ticks },
          height: width - 60,
          marks: [
            // As given the first, swapped the first again: the lower right; the second twice: the upper left.
            field(0.5, 0),
            field(0, 0.5),
            {
              kind: "line",
              points: [
                [0, 0],
                [1, 1],
              ],
              colour: "var(--ink)",
              width: 1,
              dash: "2 4",
            },
            {
              ...{ kind: "text", at: [0.5, 0.5], shift: [7, 17], text: "always the first one read" },
              attributes: { fill: "var(--del)", "font-weight": 550 },
            },
            ...points.map(
              ({ id, label, x, y }): Mark => ({
                ...{ kind: "point", at: [x, y], colour: "var(--initial)", isSlight: true, id, title: label },
              }),
            ),
          ],
        },
      ],
      table: {
        head: ["comparison", "as given, %", "swapped, %"],
        rows: points.slice(0, mostRows).map(({ label, x, y }) => [label, (100 * x).toFixed(0), (100 * y).toFixed(0)]),
      },
    },
    width,
  );
}
