import { describePublicPrinciple } from "../../collective/drafting/index.ts";
import { type CheckpointName, checkpointNames, estimatesByPrinciple } from "../../evaluation/index.ts";
import { decidedDistance } from "../../feedback/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import type { Conflict, PrincipleActivity, ReportData } from "../data.ts";
import { count, percent, percentRange } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { splitName } from "../names.ts";
import { deletionPart } from "./deletion.ts";
import { checkpointName, dialogue, rateCell, type Section, table } from "./parts.ts";

const title = "Each principle";

/** A page for each principle: what it changed, where it conflicts with another, what its deletion does. */
export function eachPrincipleSection(data: ReportData): Section | undefined {
  const ids = principlesOf(data).filter(
    (id) =>
      data.activity[id] !== undefined ||
      splitsOf(data, id).length > 0 ||
      data.deletions.some(({ principle }) => principle === id),
  );
  if (ids.length === 0) return undefined;
  const texts = new Map(data.constitution?.principles.map(({ id, text }) => [id, text]));
  return {
    id: "each",
    title,
    body: html`<p>What each principle changed, where it conflicts with another, and what happens without it. A principle is <em>sure</em> of a pair of
answers when it gives one of them a probability of ${percent(0.5 + decidedDistance)} or more. Intervals are Wilson’s, 95 %.</p>
${ids.map((id) => principlePage(id, texts.get(id), data))}`,
  };
}

/** The constitution's own order, then whatever else was asked or measured. */
function principlesOf({ constitution, summary, activity }: ReportData): string[] {
  const measured = checkpointNames.flatMap((name) =>
    Object.values(summary?.checkpoints[name] ?? {}).flatMap((rates) => [...estimatesByPrinciple(rates).keys()]),
  );
  const own = constitution?.principles.map(({ id }) => id) ?? [];
  return [...new Set([...own, ...measured, ...Object.keys(activity)])];
}

function principlePage(id: string, text: string | undefined, data: ReportData): Html {
  const conflicts = data.conflicts.filter(({ principles }) => principles.includes(id));
  // The anchor stands inside: whoever follows a link to it finds the page opened by the browser.
  return html`<details class="page-of"><summary><strong>${id}</strong> <span class="meta">${summaryLine(id, conflicts.length, data)}</span></summary>
<div class="why" id="${anchorOf(id)}">${text === undefined ? undefined : html`<p>${text}</p>`}
${publicPart(id, data)}
<h4>What it changed</h4>
${ratesPart(id, data)}
${activityPart(data.activity[id])}
<h4>Where it conflicts with another</h4>
${conflictsPart(id, conflicts, data)}
<h4>What its deletion does</h4>
${deletionPart(id, data)}</div></details>`;
}

/** What a public said and voted, where it wrote the constitution. */
function publicPart(id: string, { provenance }: ReportData): Html | undefined {
  if (provenance === undefined) return undefined;
  const lines = describePublicPrinciple(provenance, id);
  if (lines.length === 0) return undefined;
  return html`<h4>What the public said</h4>
<dl class="provenance">${lines.map(({ label, text }) => html`<dt>${label}</dt><dd dir="auto">${text}</dd>`)}</dl>`;
}

/** Where a principle's page is; ids of a constitution are words with hyphens. */
export function anchorOf(principle: string): string {
  return `principle-${principle.replace(/[^\w-]+/gu, "-")}`;
}

type Measured = Pick<ReportData, "summary">;

function rateOf({ summary }: Measured, checkpoint: CheckpointName, split: string, id: string): Estimate | undefined {
  return estimatesByPrinciple(summary?.checkpoints[checkpoint]?.[split]).get(id);
}

function splitsOf(data: Measured, id: string): string[] {
  const splits = checkpointNames.flatMap((name) => Object.keys(data.summary?.checkpoints[name] ?? {}));
  return [...new Set(splits)].filter((split) =>
    checkpointNames.some((name) => rateOf(data, name, split, id) !== undefined),
  );
}

function summaryLine(id: string, conflicts: number, data: ReportData): Part {
  const splits = splitsOf(data, id);
  const split = splits.includes("heldOut") ? "heldOut" : splits[0];
  const rates = checkpointNames.flatMap((name) => {
    const rate = split === undefined ? undefined : rateOf(data, name, split, id);
    return rate === undefined ? [] : [percent(rate.estimate)];
  });
  const parts = [
    ...(rates.length === 0 || split === undefined
      ? []
      : [`broken ${rates.join(" → ")}, ${splitName(split).adjective}`]),
    ...(data.activity[id]?.decided === undefined && conflicts === 0
      ? []
      : [
          conflicts === 0
            ? "no conflict"
            : conflicts === 1
              ? "conflicts with 1 other"
              : `conflicts with ${conflicts} others`,
        ]),
    ...data.deletions.filter(({ principle }) => principle === id).map(({ run }) => `deleted in ${run}`),
  ];
  return parts.join(" · ");
}

function ratesPart(id: string, data: ReportData): Html {
  const splits = splitsOf(data, id);
  const names = checkpointNames.filter((name) => splits.some((split) => rateOf(data, name, split, id) !== undefined));
  if (splits.length === 0) return html`<p class="meta">Its violations were not measured in this run.</p>`;
  const head = html`<th scope="col">Requests</th>${names.map((name) => html`<th scope="col" class="num">${checkpointName(name)}</th>`)}`;
  const rows = splits.map(
    (split) =>
      html`<tr><th scope="row">${splitName(split).label}</th>${names.map((name) => rateCell(rateOf(data, name, split, id)))}</tr>`,
  );
  return table(`Violations of ${id}`, head, rows, "Answers that break it, of the answers that it speaks about.");
}

function activityPart(activity: PrincipleActivity | undefined): Html {
  if (activity === undefined) return html`<p class="meta">No record of training names it.</p>`;
  const { tripped, unstated, revisions, usable, decided, sureness, followed } = activity;
  const lines: Html[] = [
    tripped === undefined
      ? unstated === 0
        ? html`No critique asked about it.`
        : html`None of its ${count(unstated)} critiques says whether there is a breach; ${count(revisions)} revisions were made after them, ${count(usable)} of them usable.`
      : html`${formatCounted(tripped)} critiques found a breach: ${showRate(tripped)}.${unstated === 0 ? undefined : ` ${count(unstated)} do not say.`} ${count(revisions)} revisions were made under it, ${count(usable)} of them usable.`,
    decided === undefined
      ? html`No comparison asked about it.`
      : html`It was sure of ${formatCounted(decided)} pairs of answers: ${showRate(decided)}.${
          sureness === undefined || followed === undefined
            ? undefined
            : html` There it gave the one that it prefers ${percent(sureness)} on average, and the label of all principles together came out on its side in ${formatCounted(followed)}: ${showRate(followed)}.`
        }`,
  ];
  return html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function formatCounted({ estimate, n }: Estimate): string {
  return `${count(estimate * n)} of ${count(n)}`;
}

function showRate(rate: Estimate): Html {
  return html`${percent(rate.estimate)} <span class="ci">${percentRange(rate)}</span>`;
}

function conflictsPart(id: string, conflicts: readonly Conflict[], { activity }: ReportData): Html {
  const [first] = conflicts;
  if (first === undefined) {
    const wasAsked = activity[id]?.decided !== undefined;
    return html`<p class="meta">${wasAsked ? "No other principle was sure of the opposite on any pair of answers." : "No comparison asked about it."}</p>`;
  }
  const head = html`<th scope="col">With</th><th scope="col" class="num">Both sure</th><th scope="col" class="num">Sure of opposite answers</th><th scope="col" class="num">Of these, ${id} prevailed</th>`;
  const rows = conflicts.map(({ principles, opposed, firstPrevailed }) => {
    const other = principles[0] === id ? principles[1] : principles[0];
    return html`<tr><th scope="row"><a href="#${anchorOf(other)}">${other}</a></th><td class="num">${count(opposed.n)}</td>${rateCell(opposed)}${rateCell(principles[0] === id ? firstPrevailed : complementOf(firstPrevailed))}</tr>`;
  });
  return html`${table(`Conflicts of ${id}`, head, rows, "Pairs of answers of which both principles were sure; a principle prevailed where the label came out on its side.")}
${first.example === undefined ? undefined : examplePart(first, first.example)}`;
}

function complementOf({ estimate, low, high, n }: Estimate): Estimate {
  return { estimate: 1 - estimate, low: 1 - high, high: 1 - low, n };
}

function examplePart({ principles }: Conflict, { messages, record }: NonNullable<Conflict["example"]>): Html {
  const said = principles.map((id) => record.evidence.find(({ principleId }) => principleId === id));
  return html`<details><summary>A pair on which ${principles.join(" and ")} disagree</summary>
<h4>Request</h4><p>${dialogue(messages)}</p><h4>First</h4><p>${record.responses[0]}</p><h4>Second</h4><p>${record.responses[1]}</p>
<h4>The first is better</h4>${said.map(
    (evidence) =>
      evidence !== undefined &&
      html`<p><code>${evidence.principleId}</code> ${percent(evidence.probability)}${evidence.orders[0].thought === null ? "" : html`: ${evidence.orders[0].thought}`}</p>`,
  )}
<p>All principles together: ${percent(record.label)}</p>
<p class="meta">Records <code>${record.id}</code>, ${record.parents.map((parent, i) => html`${i > 0 ? ", " : ""}<code>${parent}</code>`)}</p></details>`;
}
