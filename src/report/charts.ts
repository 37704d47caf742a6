import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { type Html, html, trust } from "./html.ts";

/** Widths in px at which every chart is drawn: for a column of text, and for a phone. The style sheet shows one. */
const widths = { wide: 696, narrow: 346 } as const;

export interface ChartSize {
  /** Of the whole figure, axes included. */
  readonly width: number;
  readonly narrow: boolean;
}

/** A specification without size and colours of its own. */
export type ChartSpec = TopLevelSpec;

export interface Chart {
  readonly spec: (size: ChartSize) => ChartSpec;
  /** What the picture shows, for whoever cannot see it. */
  readonly description: string;
}

/**
 * A chart as SVG in both widths, without script. All colours are CSS variables of the page, so that dark mode needs no
 * second picture.
 */
export async function drawChart({ spec, description }: Chart): Promise<Html> {
  const wide = await toSvg(spec({ width: widths.wide, narrow: false }), description);
  const narrow = await toSvg(spec({ width: widths.narrow, narrow: true }), description);
  return html`<div class="chart wide">${wide}</div><div class="chart narrow">${narrow}</div>`;
}

async function toSvg(spec: ChartSpec, description: string): Promise<Html> {
  const themed: TopLevelSpec = { ...spec, background: "transparent", config: theme };
  const view = new View(parse(compile(themed).spec), { renderer: "none" });
  try {
    const svg = await view.toSVG();
    const width = /\bwidth="([\d.]+)"/u.exec(svg)?.[1] ?? String(widths.wide);
    return trust(
      svg.replace(/^<svg[^>]*?(viewBox="[^"]*")[^>]*>/u, (_, viewBox: string) => {
        const label = String(html`${description}`);
        return `<svg xmlns="http://www.w3.org/2000/svg" ${viewBox} style="max-width:${width}px" role="img" aria-label="${label}">`;
      }),
    );
  } finally {
    view.finalize();
  }
}

export const checkpointColours: Readonly<Record<string, string>> = {
  initial: "var(--initial)",
  "sl-cai": "var(--sl-cai)",
  "rl-cai": "var(--rl-cai)",
};

const ink = "var(--ink)";
const soft = "var(--ink-soft)";
const rule = "var(--rule)";

const theme: NonNullable<TopLevelSpec["config"]> = {
  aria: false,
  font: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  view: { stroke: null },
  axis: {
    labelColor: soft,
    titleColor: soft,
    titleFontWeight: 500,
    titleFontSize: 12,
    titlePadding: 8,
    labelFontSize: 11.5,
    labelPadding: 6,
    domainColor: rule,
    gridColor: rule,
    ticks: false,
  },
  axisY: { domain: false, labelFlush: true },
  header: { labelColor: ink, titleColor: soft, labelFontSize: 12 },
  title: {
    color: ink,
    fontSize: 12.5,
    fontWeight: 600,
    anchor: "start",
    frame: "group",
    offset: 10,
    subtitleColor: soft,
  },
  legend: { labelColor: ink, titleColor: soft, labelFontSize: 12, symbolSize: 70, orient: "top", title: null },
  text: { color: ink, fontSize: 11.5 },
  rule: { strokeWidth: 1.6 },
  point: { filled: true, opacity: 1, size: 62 },
  line: { strokeWidth: 1.8 },
};
