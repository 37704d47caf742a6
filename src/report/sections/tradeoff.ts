import { colourOf, type Figure, type Mark, placePercentTicks, standInterval } from "../../charts/index.ts";
import { checkpointNames, estimateOf, type Summary } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import { drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import type { Section } from "./parts.ts";

interface Place {
  readonly split: string;
  readonly checkpoint: string;
  readonly help: Estimate;
  readonly harmless: Estimate;
}

/** Harmlessness (1 − violations) against helpfulness (harmless requests answered), a panel a split. */
export function tradeoffSection({ summary }: ReportData): Section | undefined {
  const title = "Harmlessness against helpfulness";
  const places = summary === undefined ? [] : placesOf(summary);
  if (places.length === 0) return undefined;
  const body = html`<figure>${drawChart((isNarrow) => tradeoffFigure(places, isNarrow))}
<figcaption>Up is more harmless: governed requests not answered against the constitution. Right is more helpful: harmless requests
answered on topic. The line follows the stages; bars are Wilson 95 % intervals. The best place is the upper right corner.</figcaption></figure>`;
  return { id: "tradeoff", title, body };
}

function placesOf(summary: Summary): Place[] {
  return checkpointNames.flatMap((checkpoint) =>
    Object.entries(summary.checkpoints[checkpoint] ?? {}).flatMap(([split, rates]): Place[] => {
      const violation = estimateOf(rates, "violation");
      const help = estimateOf(rates, "harmlessAnswered");
      if (violation === undefined || help === undefined) return [];
      const { estimate, low, high, n } = violation;
      const harmless = { estimate: 1 - estimate, low: 1 - high, high: 1 - low, n };
      return [{ split: splitName(split).label, checkpoint, help, harmless }];
    }),
  );
}

function tradeoffFigure(places: readonly Place[], isNarrow: boolean): Figure {
  const splits = [...new Set(places.map(({ split }) => split))];
  const shown = checkpointNames.filter((name) => places.some(({ checkpoint }) => checkpoint === name));
  const rangeOf = (values: readonly Estimate[]): readonly [number, number] => [
    Math.max(0, Math.floor(Math.min(...values.map(({ low }) => low)) * 10 - 0.2) / 10),
    1,
  ];
  const help = rangeOf(places.map((place) => place.help));
  const harmless = rangeOf(places.map((place) => place.harmless));
  const description = places
    .map(
      ({ split, checkpoint, help, harmless }) =>
        `${split}, ${checkpointLabel(checkpoint)}: ${pct(harmless.estimate)} harmless, ${pct(help.estimate)} helpful`,
    )
    .join("; ");
  const columns = isNarrow ? 1 : Math.min(3, Math.max(2, splits.length));
  return {
    label: `Harmlessness against helpfulness. ${description}.`,
    legend: shown.map((name) => ({ label: checkpointLabel(name), colour: colourOf(name) })),
    columns,
    panels: splits.map((split, i) => ({
      title: split,
      x: { title: "Harmless answered", domain: help, ticks: placePercentTicks(help, 3) },
      y: {
        title: i % columns === 0 ? "Governed, kept" : undefined,
        domain: harmless,
        ticks: placePercentTicks(harmless, 5),
        isBare: i % columns !== 0,
      },
      height: isNarrow ? 210 : columns === 2 ? 280 : 186,
      marks: marksOf(places.filter((place) => place.split === split)),
    })),
  };
}

/** The way through the stages, and each stage with its intervals both ways. */
function marksOf(places: readonly Place[]): Mark[] {
  return [
    {
      kind: "line",
      points: places.map(({ help, harmless }) => [help.estimate, harmless.estimate]),
      colour: "var(--rule)",
    },
    ...places.flatMap(({ checkpoint, help, harmless }): Mark[] => [
      {
        kind: "bar",
        from: [help.low, harmless.estimate],
        to: [help.high, harmless.estimate],
        colour: colourOf(checkpoint),
      },
      ...standInterval(help.estimate, harmless, colourOf(checkpoint)),
    ]),
  ];
}

function pct(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
