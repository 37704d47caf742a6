import { type Drawing, drawShape, type Shape, scaleTo, writeText } from "./svg.ts";

export interface ScatterPoint {
  readonly id: string;
  readonly label: string;
  /** Shares, 0–1. */
  readonly x: number;
  readonly y: number;
}

const edge = { left: 44, right: 8, top: 10, bottom: 40 } as const;

/** P(first is better) as given against swapped. A judge that reads the answers stands on the diagonal. */
export function drawOrders(points: readonly ScatterPoint[], width: number): Drawing {
  const side = width - edge.left - edge.right;
  const x = scaleTo([0, 1], [edge.left, edge.left + side]);
  const y = scaleTo([0, 1], [edge.top + side, edge.top]);
  // As given the first, swapped the first again: the lower right; the second twice: the upper left.
  const field = (left: number, top: number): Shape =>
    drawShape("rect", { x: x(left), y: y(top), width: side / 2, height: side / 2, fill: "var(--del-wash)" });
  const ticks = [0, 0.5, 1].flatMap((at): Shape[] => [
    drawShape("line", { x1: x(at), x2: x(at), y1: y(0), y2: y(1), stroke: "var(--rule)" }),
    drawShape("line", { x1: x(0), x2: x(1), y1: y(at), y2: y(at), stroke: "var(--rule)" }),
    writeText(String(100 * at), [x(at), y(0) + 16], { "text-anchor": "middle" }),
    writeText(String(100 * at), [x(0) - 8, y(at) + 4], { "text-anchor": "end" }),
  ]);
  const middle = y(0.5);
  const turned = points.filter((point) => point.x > 0.5 !== point.y > 0.5).length;
  return {
    width,
    height: side + edge.top + edge.bottom,
    label: `${points.length} judgements in both orders of the answers: ${turned} turned with the order`,
    shapes: [
      field(0.5, 0.5),
      field(0, 1),
      ...ticks,
      drawShape("line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), stroke: "var(--ink)", "stroke-dasharray": "2 4" }),
      writeText("always the first one read", [x(0.5) + 7, middle + 17], { fill: "var(--del)", "font-weight": 550 }),
      ...points.map((point) => drawPoint(point, x(point.x), y(point.y))),
      writeText("P(first answer is better), as given, %", [x(0.5), y(0) + 34], { "text-anchor": "middle" }),
      writeText("with the answers swapped, %", [12, middle], {
        "text-anchor": "middle",
        transform: `rotate(-90 12 ${middle})`,
      }),
    ],
    table: {
      head: ["comparison", "as given, %", "swapped, %"],
      rows: points.slice(0, 100).map((point) => [point.label, (100 * point.x).toFixed(0), (100 * point.y).toFixed(0)]),
    },
  };
}

function drawPoint({ id, label }: ScatterPoint, cx: number, cy: number): Shape {
  return drawShape(
    "circle",
    {
      cx,
      cy,
      r: 3.6,
      fill: "var(--initial)",
      "fill-opacity": 0.5,
      stroke: "var(--paper)",
      "stroke-width": 0.8,
      "data-id": id,
    },
    drawShape("title", {}, label),
  );
}
