import type { Summary } from "../../evaluation/index.ts";
import { type Chart, drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { percent } from "../format.ts";
import { html } from "../html.ts";
import { rateCell, type Section, showNothing, table } from "./parts.ts";

type Revisions = NonNullable<Summary["revisions"]>;

/** Violations after each number of revisions, Bai et al. 2022 figure 5. */
export async function revisionsSection({ summary }: ReportData): Promise<Section> {
  const title = "Revision number against harm";
  const revisions = summary?.revisions ?? [];
  if (revisions.length === 0) {
    return { id: "revisions", title, body: showNothing("Harm by number of revisions was not measured in this run.") };
  }
  const rows = revisions.map(
    ({ revision, rate }) => html`<tr><th scope="row">${nameOf(revision)}</th>${rateCell(rate)}</tr>`,
  );
  return {
    id: "revisions",
    title,
    body: html`<figure>${await drawChart(revisionsChart(revisions))}
<figcaption>Share of SL-CAI’s own training answers that are against the constitution, as sampled and after each round of critique and revision.
An answer that no principle trips on stays as it is. Wilson 95 % intervals.</figcaption></figure>
<details><summary>The numbers</summary>${table("Violations by revision", html`<th scope="col">After</th><th scope="col" class="num">Violations</th>`, rows)}</details>`,
  };
}

function nameOf(revision: number): string {
  return revision === 0 ? "As sampled" : `Revision ${revision}`;
}

function revisionsChart(revisions: Revisions): Chart {
  const values = revisions.map(({ revision, rate }) => ({ name: nameOf(revision), revision, ...rate }));
  const x = {
    field: "name",
    type: "ordinal" as const,
    sort: values.map(({ name }) => name),
    title: null,
    axis: { labelAngle: 0 },
  };
  const y = {
    type: "quantitative" as const,
    title: "Violations",
    scale: { domain: [0, Math.max(...values.map(({ high }) => high))], nice: true },
    axis: { format: ".0%", tickCount: 5 },
  };
  return {
    description: `Violations by revision. ${values.map(({ name, estimate }) => `${name}: ${percent(estimate)}`).join("; ")}.`,
    spec: ({ width }) => ({
      data: { values },
      width,
      autosize: { type: "fit-x" as const, contains: "padding" as const },
      height: 210,
      layer: [
        { mark: { type: "line" as const, color: "var(--rule)" }, encoding: { x, y: { ...y, field: "estimate" } } },
        {
          mark: { type: "rule" as const, color: "var(--sl-cai)" },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" } },
        },
        { mark: { type: "point" as const, color: "var(--sl-cai)" }, encoding: { x, y: { ...y, field: "estimate" } } },
      ],
    }),
  };
}
