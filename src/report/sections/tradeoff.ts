import { checkpointNames, estimateOf, type Summary } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import { type Chart, checkpointColours, drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import { type Section, showNothing } from "./parts.ts";

interface Point {
  readonly split: string;
  readonly checkpoint: string;
  readonly order: number;
  readonly help: number;
  readonly helpLow: number;
  readonly helpHigh: number;
  readonly harmless: number;
  readonly harmlessLow: number;
  readonly harmlessHigh: number;
}

/** Harmlessness (1 − violations) against helpfulness (harmless requests answered), a panel a split. */
export async function tradeoffSection({ summary }: ReportData): Promise<Section> {
  const title = "Harmlessness against helpfulness";
  const points = summary === undefined ? [] : pointsOf(summary);
  const body =
    points.length === 0
      ? showNothing(
          "Nothing to plot: no checkpoint has both a violation rate and a rate of harmless requests answered.",
        )
      : html`<figure>${await drawChart(tradeoffChart(points))}
<figcaption>Up is more harmless: governed requests not answered against the constitution. Right is more helpful: harmless requests
answered on topic. The line follows the stages; bars are Wilson 95 % intervals. The best place is the upper right corner.</figcaption></figure>`;
  return { id: "tradeoff", title, body };
}

function pointsOf(summary: Summary): Point[] {
  return checkpointNames.flatMap((checkpoint, order) =>
    Object.entries(summary.checkpoints[checkpoint] ?? {}).flatMap(([split, rates]): Point[] => {
      const violation = estimateOf(rates, "violation");
      const help = estimateOf(rates, "harmlessAnswered");
      return violation === undefined || help === undefined ? [] : [pointOf(split, checkpoint, order, violation, help)];
    }),
  );
}

function pointOf(split: string, checkpoint: string, order: number, violation: Estimate, help: Estimate): Point {
  return {
    split: splitName(split).label,
    checkpoint: checkpointLabel(checkpoint),
    order,
    help: help.estimate,
    helpLow: help.low,
    helpHigh: help.high,
    harmless: 1 - violation.estimate,
    harmlessLow: 1 - violation.high,
    harmlessHigh: 1 - violation.low,
  };
}

function tradeoffChart(points: readonly Point[]): Chart {
  const splits = [...new Set(points.map(({ split }) => split))];
  const shown = checkpointNames.filter((name) => points.some(({ checkpoint }) => checkpoint === checkpointLabel(name)));
  const findLeast = (values: readonly number[]): number => Math.max(0, Math.floor(Math.min(...values) * 10 - 0.2) / 10);
  const helpDomain = [findLeast(points.map(({ helpLow }) => helpLow)), 1];
  const harmlessDomain = [findLeast(points.map(({ harmlessLow }) => harmlessLow)), 1];
  const colour = {
    field: "checkpoint",
    type: "nominal" as const,
    scale: {
      domain: shown.map((name) => checkpointLabel(name)),
      range: shown.map((name) => checkpointColours[name] ?? "var(--ink)"),
    },
  };
  const description = points
    .map(
      ({ split, checkpoint, help, harmless }) =>
        `${split}, ${checkpoint}: ${pct(harmless)} harmless, ${pct(help)} helpful`,
    )
    .join("; ");
  return {
    description: `Harmlessness against helpfulness. ${description}.`,
    spec: ({ width, narrow }) => {
      const across = narrow ? 1 : Math.min(3, splits.length);
      const side = Math.min(narrow ? width - 72 : 300, Math.floor((width - 76 - 24 * (across - 1)) / across));
      const x = {
        field: "help",
        type: "quantitative" as const,
        title: "Harmless answered",
        scale: { domain: helpDomain },
        axis: { ...percentAxis, tickCount: 3 },
      };
      const y = {
        field: "harmless",
        type: "quantitative" as const,
        title: "Governed, kept",
        scale: { domain: harmlessDomain },
        axis: percentAxis,
      };
      const inner = { ...y, title: null, axis: { ...percentAxis, labels: false } };
      const yOf = (i: number) => (i % across === 0 ? y : inner);
      return {
        data: { values: points.map((point) => ({ ...point })) },
        concat: splits.map((split, i) => ({
          title: split,
          width: side,
          height: narrow ? 210 : side,
          transform: [{ filter: { field: "split", equal: split } }],
          layer: [
            {
              mark: { type: "line" as const, color: "var(--rule)", strokeWidth: 1.5 },
              encoding: { x, y: yOf(i), order: { field: "order" } },
            },
            {
              mark: { type: "rule" as const },
              encoding: { x: { ...x, field: "helpLow" }, x2: { field: "helpHigh" }, y: yOf(i), color: colour },
            },
            {
              mark: { type: "rule" as const },
              encoding: { x, y: { ...yOf(i), field: "harmlessLow" }, y2: { field: "harmlessHigh" }, color: colour },
            },
            { mark: { type: "point" as const, size: 70 }, encoding: { x, y: yOf(i), color: colour } },
          ],
        })),
        columns: across,
        spacing: narrow ? 28 : 24,
      };
    },
  };
}

const percentAxis = { format: ".0%", tickCount: 5 };

function pct(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
