import { type Figure, type Mark, placeTicks, standInterval } from "../../charts/index.ts";
import type { Summary } from "../../evaluation/index.ts";
import { drawChart } from "../charts.ts";
import type { ReportData } from "../data.ts";
import { count, number, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";
import { type Section, table } from "./parts.ts";

type Judgement = NonNullable<Summary["labels"]>;
type Bins = NonNullable<Judgement["calibration"]>["equalMass"]["bins"];

interface Judge {
  readonly name: string;
  readonly colour: string;
  readonly judgement: Judgement;
}

/** Do the AI's labels, and the preference model after them, mean what they say? */
export function labelsSection({ summary, labels }: ReportData): Section | undefined {
  const judges: Judge[] = [
    ...(summary?.labels === undefined
      ? []
      : [{ name: "AI labels", colour: "var(--sl-cai)", judgement: summary.labels }]),
    ...(summary?.preferenceModel === undefined
      ? []
      : [{ name: "Preference model, held-out pairs", colour: "var(--rl-cai)", judgement: summary.preferenceModel }]),
  ];
  const calibrated = judges.flatMap((judge) =>
    judge.judgement.calibration === undefined ? [] : [{ ...judge, calibration: judge.judgement.calibration }],
  );
  if (judges.length === 0 && labels === undefined) return undefined;
  const chart =
    calibrated.length === 0
      ? undefined
      : html`<figure>${drawChart((isNarrow) =>
          calibrationFigure(
            calibrated.map(({ name, colour, calibration }) => ({ name, colour, bins: calibration.equalMass.bins })),
            isNarrow,
          ),
        )}
<figcaption>Stated probability that the first response is better, against how often it has the higher gold reward; bins of equal size, Wilson 95 % intervals.
A label that means what it says lies on the diagonal. Pairs of equal gold reward have no right answer and are left out.</figcaption></figure>`;
  return {
    id: "labels",
    title: "Labels and preference model",
    body: html`${judges.length === 0 ? undefined : judgesTable(judges)}
${chart}${calibrated.map(({ name, calibration }) => binsTable(name, calibration.equalMass.bins))}
${labels === undefined ? undefined : html`<p class="meta">${count(labels.n)} comparisons; ${labels.clamped === 0 ? "no label was clamped or hardened" : `${count(labels.clamped)} labels were clamped or hardened`}.${labels.meanDisagreement === undefined ? "" : ` The two orders of a pair differ by ${number(labels.meanDisagreement)} on average (0 is a judge that does not care which comes first).`}</p>`}`,
  };
}

function judgesTable(judges: readonly Judge[]): Html {
  const rows = judges.map(({ name, judgement: { agreement, calibration, ties } }) => {
    const rest =
      calibration === undefined
        ? undefined
        : [calibration.equalWidth.ece, calibration.equalMass.ece, calibration.brier];
    return html`<tr><th scope="row">${name}</th><td class="num">${percent(agreement.estimate)}<span class="ci">${percentRange(agreement)} <span class="n">n ${count(agreement.n)}</span></span></td>
${rest === undefined ? html`<td class="num">–</td><td class="num">–</td><td class="num">–</td>` : rest.map((value) => html`<td class="num">${value.toFixed(3)}</td>`)}
<td class="num">${ties === undefined ? "–" : count(ties)}</td></tr>`;
  });
  const head = html`<th scope="col">Judge</th><th scope="col" class="num">Agrees with the oracle</th><th scope="col" class="num">ECE, width</th><th scope="col" class="num">ECE, mass</th><th scope="col" class="num">Brier</th><th scope="col" class="num">Ties</th>`;
  return table(
    "Agreement and calibration",
    head,
    rows,
    "On pairs that differ in gold reward. ECE: expected calibration error in bins of equal width, of equal mass.",
  );
}

function binsTable(name: string, bins: Bins): Html {
  const rows = bins.map(
    ({ from, to, stated, observed }) =>
      html`<tr><th scope="row">${from.toFixed(2)}–${to.toFixed(2)}</th><td class="num">${stated.toFixed(3)}</td><td class="num">${observed.estimate.toFixed(3)}<span class="ci">${percentRange(observed)} %</span></td><td class="num">${count(observed.n)}</td></tr>`,
  );
  const head = html`<th scope="col">Label</th><th scope="col" class="num">Mean label</th><th scope="col" class="num">Observed</th><th scope="col" class="num">n</th>`;
  return html`<details><summary>Reliability table: ${name}</summary>${table(`Reliability: ${name}`, head, rows)}</details>`;
}

function calibrationFigure(
  judges: readonly { readonly name: string; readonly colour: string; readonly bins: Bins }[],
  isNarrow: boolean,
): Figure {
  const domain = [0, 1] as const;
  const [start, end] = [[0, 0] as const, [1, 1] as const];
  const diagonal: Mark = { kind: "line", points: [start, end], colour: "var(--rule)" };
  const ticks = placeTicks(domain, 5);
  return {
    label: judges
      .map(
        ({ name, bins }) =>
          `${name}: ${bins.map(({ stated, observed }) => `stated ${stated.toFixed(2)}, observed ${observed.estimate.toFixed(2)}`).join("; ")}`,
      )
      .join(". "),
    columns: isNarrow ? 1 : 2,
    panels: judges.map(({ name, colour, bins }, i) => {
      const isFirst = isNarrow || i === 0;
      return {
        title: name,
        x: { title: "Stated", domain, ticks },
        y: { title: isFirst ? "Observed" : undefined, domain, ticks, isBare: !isFirst },
        height: 276,
        marks: [diagonal, ...bins.flatMap(({ stated, observed }) => standInterval(stated, observed, colour))],
      };
    }),
  };
}
