import { type Figure, placePercentTicks, standInterval, widenRange } from "../../charts/index.ts";
import type { Summary } from "../../evaluation/index.ts";
import { drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { percent } from "../format.ts";
import { html } from "../html.ts";
import { rateCell, type Section, table } from "./parts.ts";

type Revisions = NonNullable<Summary["revisions"]>;

/** Violations after each number of revisions, Bai et al. 2022 figure 5. */
export function revisionsSection({ summary }: ReportData): Section | undefined {
  const title = "Revision number against harm";
  const revisions = summary?.revisions ?? [];
  if (revisions.length === 0) return undefined;
  const rows = revisions.map(
    ({ revision, rate }) => html`<tr><th scope="row">${nameOf(revision)}</th>${rateCell(rate)}</tr>`,
  );
  return {
    id: "revisions",
    title,
    body: html`<figure>${drawChart(() => revisionsFigure(revisions))}
<figcaption>Share of SL-CAI’s own training answers that are against the constitution, as sampled and after each round of critique and revision.
An answer that no principle trips on stays as it is. Wilson 95 % intervals.</figcaption></figure>
<details><summary>The numbers</summary>${table("Violations by revision", html`<th scope="col">After</th><th scope="col" class="num">Violations</th>`, rows)}</details>`,
  };
}

function nameOf(revision: number): string {
  return revision === 0 ? "As sampled" : `Revision ${revision}`;
}

function revisionsFigure(revisions: Revisions): Figure {
  const domain = widenRange([0, Math.max(...revisions.map(({ rate }) => rate.high))], 5);
  const description = revisions.map(({ revision, rate }) => `${nameOf(revision)}: ${percent(rate.estimate)}`);
  return {
    label: `Violations by revision. ${description.join("; ")}.`,
    panels: [
      {
        x: {
          domain: [-0.5, revisions.length - 0.5],
          ticks: revisions.map(({ revision }, at) => ({ at, label: nameOf(revision) })),
          hasNames: true,
        },
        y: { title: "Violations", domain, ticks: placePercentTicks(domain, 5) },
        height: 210,
        marks: [
          { kind: "line", points: revisions.map(({ rate }, at) => [at, rate.estimate]), colour: "var(--rule)" },
          ...revisions.flatMap(({ rate }, at) => standInterval(at, rate, "var(--sl-cai)")),
        ],
      },
    ],
  };
}
