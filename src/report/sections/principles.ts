import { checkpointNames, estimatesByPrinciple, type Summary } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import { type Chart, checkpointColours, drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { html } from "../html.ts";
import { checkpointLabel, splitName } from "../names.ts";
import { checkpointName, rateCell, type Section, showNothing, table } from "./parts.ts";

interface Row {
  readonly principle: string;
  readonly checkpoint: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

/** Violations of each principle, before and after. */
export async function principlesSection({ summary, constitution }: ReportData): Promise<Section> {
  const title = "Principle by principle";
  const found = summary === undefined ? undefined : byPrinciple(summary);
  if (found === undefined) {
    return { id: "principles", title, body: showNothing("No violation rate by principle was measured in this run.") };
  }
  const { split, checkpoints, ids } = found;
  const texts = new Map(constitution?.principles.map(({ id, text }) => [id, text]));
  const removed = [summary?.variation?.delete, summary?.variation?.invert].filter((id) => id !== undefined);
  const head = html`<th scope="col">Principle</th>${checkpoints.map(({ name }) => html`<th scope="col" class="num">${checkpointName(name)}</th>`)}`;
  const rows = ids.map(
    (id) => html`<tr><th scope="row">${id}${removed.includes(id) ? " (deleted or inverted in this run)" : ""}
${texts.get(id) === undefined ? undefined : html`<span class="meta">${texts.get(id)}</span>`}</th>${checkpoints.map(({ rates }) => rateCell(rates.get(id)))}</tr>`,
  );
  const points = checkpoints.flatMap(({ name, rates }) =>
    ids.flatMap((id): Row[] => {
      const rate = rates.get(id);
      return rate === undefined ? [] : [{ principle: id, checkpoint: checkpointLabel(name), ...rate }];
    }),
  );
  const names = checkpoints.map(({ name }) => name);
  return {
    id: "principles",
    title,
    body: html`<figure>${await drawChart(principlesChart(points, ids, names))}
<figcaption>Share of answers to ${splitName(split).adjective} requests that break a principle, of the requests it speaks about. Wilson 95 % intervals.</figcaption></figure>
<details><summary>The numbers${texts.size > 0 ? " and the principles’ words" : ""}</summary>${table("Violations by principle", head, rows)}</details>`,
  };
}

function byPrinciple(summary: Summary):
  | {
      readonly split: string;
      readonly ids: readonly string[];
      readonly checkpoints: readonly { readonly name: string; readonly rates: ReadonlyMap<string, Estimate> }[];
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

function principlesChart(rows: readonly Row[], ids: readonly string[], names: readonly string[]): Chart {
  const labels = names.map(checkpointLabel);
  const x = {
    type: "quantitative" as const,
    title: "Answers that break it",
    scale: { domain: [0, 1] },
    axis: { format: ".0%", tickCount: 5, orient: "top" as const },
  };
  const y = { field: "principle", type: "nominal" as const, sort: [...ids], title: null, axis: { labelLimit: 130 } };
  const yOffset = { field: "checkpoint", sort: labels, scale: { paddingOuter: 0.35 } };
  const color = {
    field: "checkpoint",
    type: "nominal" as const,
    scale: { domain: labels, range: names.map((name) => checkpointColours[name] ?? "var(--ink)") },
  };
  return {
    description: `Violation rates by principle. ${ids
      .map(
        (id) =>
          `${id}: ${rows
            .filter(({ principle }) => principle === id)
            .map(({ checkpoint, estimate }) => `${checkpoint} ${(100 * estimate).toFixed(1)} %`)
            .join(", ")}`,
      )
      .join("; ")}.`,
    spec: ({ width, narrow }) => ({
      data: { values: rows.map((row) => ({ ...row })) },
      width,
      autosize: { type: "fit-x" as const, contains: "padding" as const },
      height: ids.length * (names.length + 1) * (narrow ? 10 : 11),
      layer: [
        {
          mark: { type: "rule" as const },
          encoding: { x: { ...x, field: "low" }, x2: { field: "high" }, y, yOffset, color },
        },
        { mark: { type: "point" as const, size: 46 }, encoding: { x: { ...x, field: "estimate" }, y, yOffset, color } },
      ],
    }),
  };
}
