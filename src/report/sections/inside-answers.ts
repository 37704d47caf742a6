import type { KeptAnswer } from "../../inside/index.ts";
import { count, formatSigned, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { InsideData } from "../inside-data.ts";
import { methodLabels, trustParts } from "./inside-trust.ts";
import { checkpointName, type Section, table } from "./parts.ts";

/** Answers, principles and examples that are shown; the viewer has the others. */
const [mostAnswers, mostPrinciples, mostExamples, mostComparisons] = [4, 5, 4, 3];

/** Which training examples shaped an answer, how far each method is to be trusted, and which labels are suspicious. */
export function insideAnswersSection(inside: InsideData | undefined): Section | undefined {
  if (inside === undefined) return undefined;
  const { answers, audit, planted, referees, forgotten } = inside;
  if (answers.length + referees.length + forgotten.length === 0 && audit === undefined && planted === undefined)
    return undefined;
  const left = answers.length - mostAnswers;
  return {
    id: "inside-answers",
    title: "Which examples shaped an answer",
    body: html`${
      answers.length === 0
        ? undefined
        : html`<p class="meta">Measured, not recorded: how far each training example moved the answer, by methods that err each in its own way. Principles are
ordered by the mean over the stronger half of the examples that they revised; the mean of all and the sum, with 95 % of sums over examples drawn anew, stand beside it.</p>`
    }
${answers.slice(0, mostAnswers).map(answerPart)}
${left > 0 ? html`<p class="meta">${count(left)} more ${left === 1 ? "answer was" : "answers were"} traced: <code>precept view</code> shows them.</p>` : undefined}
${trustParts(inside)}`,
  };
}

function answerPart(answer: KeptAnswer): Html {
  const { request, response, answering, principles, strongest, compared, notes } = answer;
  const methods = Object.keys(methodLabels).filter((one) => strongest.some(({ byMethod }) => byMethod[one]));
  const [by = ""] = methods;
  const rankOf = ({ byMethod }: { readonly byMethod: Readonly<Record<string, { readonly rank: number }>> }): number =>
    byMethod[by]?.rank ?? Number.POSITIVE_INFINITY;
  const examples = [...strongest].sort((a, b) => rankOf(a) - rankOf(b)).slice(0, mostExamples);
  return html`<article class="example"><h3><span class="tag">request</span>${request}</h3>
<dl class="answers"><dt>${answering === "answer" ? "Answer" : checkpointName(answering.replaceAll("/", "-"))}</dt><dd>${response}</dd></dl>
${principlesTable([...principles].sort((a, b) => rankOf(a) - rankOf(b)).slice(0, mostPrinciples), methods, by)}
<h4>Training examples that pushed it up most, by ${methodLabels[by]}</h4>
${examples.map((one) => examplePart(one, methods))}
${compared === undefined ? undefined : comparedPart(compared)}
<details><summary>What this cannot say</summary><ul class="plain">${notes.map((note) => html`<li>${note}</li>`)}</ul></details></article>`;
}

function comparedPart({ stage, comparisons, proponents }: NonNullable<KeptAnswer["compared"]>): Html {
  const moved =
    stage === "dpo" ? "its log-probability up most" : "up most the score that the preference model gives it";
  const lines = proponents.slice(0, mostComparisons).map(({ id, request, responses, label, principles, influence }) => {
    const [better, worse] = label >= 0.5 ? responses : [responses[1], responses[0]];
    return html`<li><strong>${request}</strong><br>${better} <span class="meta">preferred with ${percent(Math.max(label, 1 - label))} over</span> ${worse}<br><span class="meta">${formatSigned(influence)}${principles.length === 0 ? "" : ` · ${principles.join(", ")}`} · <code>${id}</code></span></li>`;
  });
  return html`<h4>Of ${count(comparisons)} comparisons, those that moved ${moved}</h4><ol class="plain">${lines}</ol>`;
}

function principlesTable(principles: KeptAnswer["principles"], methods: readonly string[], by: string): Html {
  const head = html`<th scope="col">Principle</th><th scope="col" class="num">Stronger half</th><th scope="col" class="num">Mean</th><th scope="col" class="num">Sum</th><th scope="col" class="num">Examples</th>${methods.map((one) => html`<th scope="col" class="num">${methodLabels[one]}</th>`)}`;
  const rows = principles.map(({ principleId, examples, byMethod }) => {
    const own = byMethod[by];
    return html`<tr><th scope="row">${principleId}</th><td class="num">${own === undefined ? "–" : formatSigned(own.strongerHalf)}</td><td class="num">${own === undefined ? "–" : formatSigned(own.mean)}</td><td class="num">${own === undefined ? "–" : html`${formatSigned(own.sum)}<span class="ci">${formatSigned(own.low)} to ${formatSigned(own.high)}</span>`}</td><td class="num">${count(examples)}</td>${methods.map((one) => html`<td class="num">${byMethod[one]?.rank ?? "–"}.</td>`)}</tr>`;
  });
  return table("Principles behind the answer", head, rows);
}

function examplePart(
  { example, byMethod, comparison }: KeptAnswer["strongest"][number],
  methods: readonly string[],
): Html {
  const { id, source, prompt, completion, principles, critiques, missing } = example;
  const asked = typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n");
  const places = methods.map((one) => `${methodLabels[one]} ${byMethod[one]?.rank ?? "–"}`).join(" · ");
  return html`<div class="why"><p class="meta"><code>${id}</code> · ${source} · place by ${places}</p>
<p class="text">${asked}</p><p class="text"><strong>${completion}</strong></p>
${critiques.map(({ principleId, text }) => html`<p class="meta">Critique under ${principleId}: ${text}</p>`)}
${comparison === undefined ? undefined : html`<p class="meta">Nearest comparison, under ${comparison.principles.join(", ")}: ${comparison.request} (the first answer is better: ${percent(comparison.label)})</p>`}
${principles.length > 0 ? undefined : html`<p class="meta">No principle: the model’s own words stayed.</p>`}
${missing.length === 0 ? undefined : html`<p class="meta">Since deleted: ${missing.join(", ")}.</p>`}</div>`;
}

/** Files of what was found that nobody can read. */
export function insideFaultsSection(inside: InsideData | undefined): Section | undefined {
  if (inside === undefined || inside.faults.length === 0) return undefined;
  return {
    id: "inside-faults",
    title: "What was found, and cannot be read",
    body: html`<ul class="plain">${inside.faults.map((fault) => html`<li class="text">${fault}</li>`)}</ul>`,
  };
}
