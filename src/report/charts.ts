import { type Drawing, drawFigure, type Figure, type Shape } from "../charts/index.ts";
import { type Html, html } from "./html.ts";

/** Widths in px at which every chart is drawn: for a column of text, and for a phone. The style sheet shows one. */
const widths = { wide: 696, narrow: 346 } as const;

/** A chart as SVG in both widths, without script. */
export function drawChart(figureOf: (isNarrow: boolean) => Figure): Html {
  return html`<div class="chart wide">${writeDrawing(drawFigure(figureOf(false), widths.wide))}</div><div class="chart narrow">${writeDrawing(drawFigure(figureOf(true), widths.narrow))}</div>`;
}

function writeDrawing({ width, height, label, shapes }: Drawing): Html {
  return html`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${shapes.map(writeShape)}</svg>`;
}

function writeShape({ tag, attributes, inside }: Shape): Html {
  const written = Object.entries(attributes).map(([name, value]) =>
    value === undefined ? undefined : html` ${name}="${value}"`,
  );
  if (inside.length === 0) return html`<${tag}${written}/>`;
  return html`<${tag}${written}>${inside.map((part) => (typeof part === "string" ? part : writeShape(part)))}</${tag}>`;
}
