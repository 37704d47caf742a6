import { colourOf, type Figure, layInterval, placePercentTicks } from "../../charts/index.ts";
import { checkpointNames, estimatesByPrinciple, type Summary } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import { drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { type Html, html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import { checkpointName, rateCell, type Section, table } from "./parts.ts";

interface Column {
  readonly name: string;
  readonly rates: ReadonlyMap<string, Estimate>;
}

/** Violations of each principle, before and after. */
export function principlesSection({ summary, constitution }: ReportData): Section | undefined {
  const title = "Principle by principle";
  const found = summary === undefined ? undefined : byPrinciple(summary);
  if (found === undefined) return undefined;
  const { split, checkpoints, ids } = found;
  const texts = new Map(constitution?.principles.map(({ id, text }) => [id, text]));
  const removed = [summary?.variation?.delete, summary?.variation?.invert].filter((id) => id !== undefined);
  const head = html`<th scope="col">Principle</th>${checkpoints.map(({ name }) => html`<th scope="col" class="num">${checkpointName(name)}</th>`)}`;
  const rows = ids.map(
    (id) => html`<tr><th scope="row">${id}${removed.includes(id) ? " (deleted or inverted in this run)" : ""}
${texts.get(id) === undefined ? undefined : html`<span class="meta">${texts.get(id)}</span>`}</th>${checkpoints.map(({ rates }) => rateCell(rates.get(id)))}</tr>`,
  );
  const drawn = checkpoints.map(({ name, rates }) => ({ label: checkpointLabel(name), colour: colourOf(name), rates }));
  return {
    id: "principles",
    title,
    body: html`<figure>${drawPrinciples(drawn, ids)}
<figcaption>Share of answers to ${splitName(split).adjective} requests that break a principle, of the requests it speaks about. Wilson 95 % intervals.</figcaption></figure>
<details><summary>The numbers${texts.size > 0 ? " and the principles’ words" : ""}</summary>${table("Violations by principle", head, rows)}</details>`,
  };
}

function byPrinciple(summary: Summary):
  | {
      readonly split: string;
      readonly ids: readonly string[];
      readonly checkpoints: readonly Column[];
    }
  | undefined {
  const splits = checkpointNames.flatMap((name) =>
    Object.entries(summary.checkpoints[name] ?? {}).flatMap(([split, rates]) =>
      estimatesByPrinciple(rates).size === 0 ? [] : [split],
    ),
  );
  const split = splits.includes("heldOut") ? "heldOut" : splits[0];
  if (split === undefined) return undefined;
  const checkpoints = checkpointNames.flatMap((name) => {
    const rates = estimatesByPrinciple(summary.checkpoints[name]?.[split]);
    return rates.size === 0 ? [] : [{ name, rates }];
  });
  const first = checkpoints[0]?.rates ?? new Map<string, Estimate>();
  const ids = [...new Set(checkpoints.flatMap(({ rates }) => [...rates.keys()]))].sort(
    (a, b) => (first.get(b)?.estimate ?? 0) - (first.get(a)?.estimate ?? 0) || (a < b ? -1 : 1),
  );
  return ids.length === 0 ? undefined : { split, ids, checkpoints };
}

/** One of those that are drawn beside each other. */
export interface DrawnColumn {
  readonly label: string;
  readonly colour: string;
  readonly rates: ReadonlyMap<string, Estimate>;
}

/** Rates of every principle with their intervals, a line each. */
export function drawPrinciples(columns: readonly DrawnColumn[], ids: readonly string[]): Html {
  return drawRates(columns, ids, { label: "Violation rates by principle", axis: "Answers that break it" });
}

/** What rates are of: for whoever cannot see them, and along the axis. */
export interface RateWords {
  readonly label: string;
  readonly axis: string;
}

/** Rates of some names with their intervals, a line each. */
export function drawRates(columns: readonly DrawnColumn[], ids: readonly string[], words: RateWords): Html {
  return drawChart((isNarrow) => ratesFigure(columns, ids, { ...words, isNarrow }));
}

function ratesFigure(
  columns: readonly DrawnColumn[],
  ids: readonly string[],
  { label: title, axis, isNarrow }: RateWords & { readonly isNarrow: boolean },
): Figure {
  const domain = [0, 1] as const;
  const slots = columns.length + 1;
  // The first principle stands on top, and its checkpoints from the top down, around the middle of their slots.
  const middleOf = (index: number): number => ids.length - index - 0.5;
  const description = ids.map(
    (id) =>
      `${id}: ${columns
        .flatMap(({ label, rates }) => {
          const rate = rates.get(id);
          return rate === undefined ? [] : [`${label} ${(100 * rate.estimate).toFixed(1)} %`];
        })
        .join(", ")}`,
  );
  return {
    label: `${title}. ${description.join("; ")}.`,
    legend: columns.length === 1 ? [] : columns.map(({ label, colour }) => ({ label, colour })),
    panels: [
      {
        x: { title: axis, domain, ticks: placePercentTicks(domain, 5) },
        y: {
          domain: [0, ids.length],
          ticks: ids.map((id, index) => ({ at: middleOf(index), label: id })),
          hasNames: true,
        },
        height: ids.length * slots * (isNarrow ? 10 : 11),
        marks: columns.flatMap(({ colour, rates }, column) =>
          ids.flatMap((id, index) => {
            const rate = rates.get(id);
            const y = middleOf(index) + ((columns.length - 1) / 2 - column) / slots;
            return rate === undefined ? [] : layInterval(y, rate, colour);
          }),
        ),
      },
    ],
  };
}
