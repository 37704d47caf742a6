import type { Comparison } from "../evaluation/index.ts";
import type { ComparedAnswers, ComparisonData } from "./compare-data.ts";
import { renderDocument } from "./document.ts";
import { count, formatSigned, number } from "./format.ts";
import { type Html, html } from "./html.ts";
import { metricName, splitName } from "./names.ts";
import { changedText, earlierTurns, lastRequest, markQuotes } from "./sections/answer-text.ts";
import { type Card, cardPart, shortLabel } from "./sections/card.ts";
import { type Section, table } from "./sections/parts.ts";

type Row = Comparison["rows"][number];

/** A page of comparisons, one after the other. */
export function renderComparison(all: readonly ComparisonData[]): string {
  const baseline = all[0]?.comparison.baseline ?? "";
  const title = all.length === 1 ? (all[0]?.comparison.candidate ?? "") : `${all.length} comparisons`;
  return renderDocument({
    title: `${title} against ${baseline}`,
    header: html`<header>
<p class="kicker">Precept · comparison on the same prompts</p>
<h1>${title} <span class="against">against ${baseline}</span></h1>
${all.map(({ comparison }) => html`<p class="lede">${ledeOf(comparison)}</p>${cardPart(comparisonCard(comparison))}`)}
</header>`,
    sections: all.flatMap((data, i) => comparisonSections(data, all.length === 1 ? "" : `-${i + 1}`)),
  });
}

function ledeOf({ candidate, baseline, rows, pairs, leftOut }: Comparison): string {
  const left = leftOut[0] + leftOut[1] === 0 ? "" : ` (left out: ${count(leftOut[0])} and ${count(leftOut[1])})`;
  return `${candidate} against ${baseline} on ${count(pairs)} prompts that both answered${left}: of ${count(rows.length)} figures ${countVerdicts(rows)}.`;
}

function countVerdicts(rows: readonly Row[]): string {
  return (["better", "worse", "different", "cannot tell"] as const)
    .map((word) => [word, rows.filter(({ verdict }) => verdict === word).length] as const)
    .filter(([, n]) => n > 0)
    .map(([word, n]) => `${word} in ${count(n)}`)
    .join(", ");
}

function comparisonCard({ candidate, baseline, pairs, rows }: Comparison): Card {
  return {
    title: `${candidate} against ${baseline}`,
    lines: [`${count(pairs)} prompts that both answered; of ${count(rows.length)} figures ${countVerdicts(rows)}`],
    about: "before → after, difference with its 95 % interval",
    rows: tellingFirst(rows).flatMap((row) => {
      const { metric, baseline: before, candidate: after, difference, n, verdict } = row;
      if (difference === null || before === null || after === null) return [];
      const where = whereOf(row, rows);
      const interval = `${formatSigned(difference.estimate)} (${formatSigned(difference.low)} to ${formatSigned(difference.high)})`;
      const label = shortLabel(where === "" ? metricName(metric).label : `${metricName(metric).label}, ${where}`);
      return [[label, `${number(before)} → ${number(after)}`, interval, `n ${n}`, verdict]];
    }),
  };
}

const isTold = ({ verdict }: Row): boolean => verdict !== "cannot tell";
const tellingFirst = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => Number(isTold(b)) - Number(isTold(a)));

/** What the items of a row have in common, as far as not all rows have it. */
function whereOf({ group }: Row, rows: readonly Row[]): string {
  const parts = Object.entries(group).flatMap(([key, value]) => {
    const isEverywhere = rows.every((row) => row.group[key] === value);
    return isEverywhere ? [] : [key === "split" ? splitName(value).label : value];
  });
  return parts.join(", ");
}

function comparisonSections({ comparison, examples }: ComparisonData, suffix: string): (Section | undefined)[] {
  const { candidate, rows } = comparison;
  const of = suffix === "" ? "" : `, ${candidate}`;
  const [told, open] = [rows.filter(isTold), rows.filter((row) => !isTold(row))];
  return [
    told.length === 0
      ? undefined
      : { id: `told${suffix}`, title: `What differs${of}`, body: rowsTable(told, comparison) },
    open.length === 0
      ? undefined
      : {
          id: `open${suffix}`,
          title: `What cannot be told${of}`,
          body: html`<details${told.length === 0 ? html` open` : undefined}><summary>${count(open.length)} figures</summary>${rowsTable(open, comparison)}</details>`,
        },
    examples.length === 0
      ? undefined
      : {
          id: `answers${suffix}`,
          title: `Answers of both${of}`,
          body: html`<p>Nobody picked these: in the order of a hash of their ids, first those of which a figure above that differs has another value.</p>${examples.map((one) => examplePart(one, comparison))}`,
        },
  ];
}

function rowsTable(rows: readonly Row[], { rows: all }: Comparison): Html {
  const head = html`<th scope="col">Figure</th><th scope="col" class="num">Before</th><th scope="col" class="num">After</th><th scope="col" class="num">Difference</th><th scope="col">Verdict</th>`;
  const body = rows.map((row) => {
    const { metric, baseline, candidate, undetermined, bounds, verdict, note, nToTell, adjustedP } = row;
    const told = [
      adjustedP === null ? undefined : adjustedP < 0.001 ? "p < 0.001" : `p ${adjustedP.toFixed(3)}`,
      verdict === "cannot tell" && nToTell !== null ? `${count(nToTell)} prompts would tell` : undefined,
      note,
    ].filter((part) => part !== undefined);
    const unknown =
      undetermined === 0
        ? undefined
        : html`<span class="ci">${count(undetermined)} undetermined${bounds === undefined ? "" : `: ${formatSigned(bounds[0])} to ${formatSigned(bounds[1])}`}</span>`;
    return html`<tr><th scope="row">${metricName(metric).label}<span class="meta">${whereOf(row, all)}</span></th>${[baseline, candidate].map((value) => html`<td class="num">${value === null ? "–" : number(value)}</td>`)}<td class="num">${differencePart(row)}${unknown}</td><td>${verdict}<span class="ci">${told.join(", ")}</span></td></tr>`;
  });
  return table(
    "Figures of both",
    head,
    body,
    `Means over the prompts that both answered; differences with 95 % intervals; p after Holm over all ${count(all.length)} figures.`,
  );
}

function differencePart({ difference, verdict, n }: Row): Html {
  if (difference === null) return html`–<span class="ci">n ${count(n)}</span>`;
  const shown = formatSigned(difference.estimate);
  return html`${verdict === "cannot tell" ? shown : html`<strong>${shown}</strong>`}<span class="ci">${formatSigned(difference.low)} to ${formatSigned(difference.high)} <span class="n">n ${count(n)}</span></span>`;
}

function examplePart({ messages, before, after, changed }: ComparedAnswers, { baseline, candidate }: Comparison): Html {
  const marks = changed.map(({ metric, to }) => `${metricName(metric).label}: ${to ? "no → yes" : "yes → no"}`);
  return html`<article class="example"><h3>${marks.length === 0 ? undefined : html`<span class="tag">${marks.join(", ")}</span>`} <span dir="auto">${lastRequest(messages)}</span></h3>
${earlierTurns(messages)}
<dl class="answers"><dt>Before</dt><dd><div class="text" dir="auto">${markQuotes(before.response, [])}</div><p class="meta">${baseline}, record <code>${before.id}</code></p></dd>
<dt>After</dt><dd><div class="text" dir="auto">${changedText(before.response, after.response) ?? markQuotes(after.response, [])}</div><p class="meta">${candidate}, record <code>${after.id}</code></p></dd></dl></article>`;
}
