import type { KeptAudit, KeptForgotten, KeptReferee } from "../../inside/index.ts";
import { isEstimate, type Measured } from "../../statistics/index.ts";
import { count, number, percent, percentRange } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { InsideData } from "../inside-data.ts";
import { checkpointLabel } from "../names.ts";
import { table } from "./parts.ts";

/** Ways to trace an answer; their order is that of the page. */
export const methodLabels: Readonly<Record<string, string>> = {
  ekfac: "EK-FAC",
  tracin: "TracIn",
  repsim: "RepSim",
  bm25: "BM25",
};

/** Suspicious labels that are shown. */
const mostSuspects = 8;

/** What retrainings say of the methods, what is memorised, and which labels are suspicious. */
export function trustParts({ referees, forgotten, audit, planted }: InsideData): Html {
  return html`${referees.map(refereePart)}${forgotten.slice(0, 3).map(forgottenPart)}${audit === undefined ? undefined : auditPart(audit)}${planted?.planted === undefined ? undefined : plantedPart(planted.planted)}`;
}

function refereePart({ trained, examples, retrainings, queries, rows, ceiling }: KeptReferee): Html {
  const scoreCell = (lds: Measured): Html =>
    isEstimate(lds)
      ? html`<td class="num">${number(lds.estimate)}<span class="ci">${number(lds.low)} to ${number(lds.high)} <span class="n">n ${count(lds.n)}</span></span></td>`
      : html`<td class="num"><span class="n">${lds.note}</span></td>`;
  const ordered = [...rows].sort((a, b) => (b.lds.estimate ?? -1) - (a.lds.estimate ?? -1));
  const lines = [
    ...ordered.map(({ method, lds }) => [methodLabels[method] ?? method, lds] as const),
    ["the same halves, trained again", ceiling] as const,
  ].map(([name, lds]) => html`<tr><th scope="row">${name}</th>${scoreCell(lds)}</tr>`);
  return html`<h3>How far to trust a trace</h3>${table(
    `Linear datamodeling score, ${trained}`,
    html`<th scope="col">Method</th><th scope="col" class="num">Score</th>`,
    lines,
    `${checkpointLabel(trained.replaceAll("/", "-"))}: ${count(retrainings)} retrainings on random halves of ${count(examples)} examples, ${count(queries)} answers. The linear datamodeling score: how well a method foretold the order of what came of them; 1 always, 0 it says nothing.`,
  )}`;
}

const leftOut = { none: "nothing", nearest: "the nearest", random: "random ones" } as const;

function forgottenPart({ request, response, trained, method, without, principle, rows }: KeptForgotten): Html {
  const splits = Object.entries(rows[0]?.siblings ?? {});
  const head = html`<th scope="col">Left out</th><th scope="col" class="num">This answer</th>${splits.map(([split, { n }]) => html`<th scope="col" class="num">${split} <span class="n">n ${count(n)}</span></th>`)}`;
  const lines = rows.map(
    ({ left, logprob, siblings }) =>
      html`<tr><th scope="row">${leftOut[left]}</th><td class="num">${number(logprob)}</td>${splits.map(([split]) => html`<td class="num">${number(siblings[split]?.logprob ?? Number.NaN)}</td>`)}</tr>`,
  );
  return html`<h3>Memorised or general: ${request}</h3><p class="text">${response}</p>${table(
    "Log-probability without examples",
    head,
    lines,
    `log P of the answer, nats, after fine-tuning ${checkpointLabel(trained.replaceAll("/", "-"))} again without ${count(without)} examples, the nearest by ${methodLabels[method] ?? method}; beside it the mean over answers to other requests${principle === undefined ? "" : ` that ${principle} governs`}. Memorised: it falls without the nearest and not without random ones, and the others stay.`,
  )}`;
}

function auditPart({ comparisons, by, suspects }: KeptAudit): Html {
  const lines = suspects.slice(0, mostSuspects).map(({ id, request, responses, label }) => {
    const [first = "", second = ""] = responses;
    const [better, worse] = label >= 0.5 ? [first, second] : [second, first];
    return html`<li><strong>${request}</strong><br>${better} <span class="meta">preferred with ${percent(Math.max(label, 1 - label))} over</span> ${worse}<br><code class="meta">${id}</code></li>`;
  });
  return html`<h3>Suspicious labels</h3><p class="meta">Of ${count(comparisons)} AI labels that the preference model was trained on, those first that ${by === "left-out" ? "would have the greatest loss had it not been trained on them" : `have most ${by}`}.</p>
<ol class="plain">${lines}</ol>`;
}

function plantedPart({ count: flips, recall }: NonNullable<KeptAudit["planted"]>): Html {
  const lines = Object.entries(recall).map(
    ([list, found]) =>
      html`<tr><th scope="row">${list}</th><td class="num">${percent(found.estimate)}<span class="ci">${percentRange(found)} <span class="n">n ${count(found.n)}</span></span></td></tr>`,
  );
  return table(
    "Planted flips",
    html`<th scope="col">List</th><th scope="col" class="num">Found</th>`,
    lines,
    `Of ${count(flips)} planted flips those in the first tenth of each list; chance 10 %.`,
  );
}
