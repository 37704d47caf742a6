import type { Values } from "../../evaluation/index.ts";
import type { Example, ExampleChain, ExampleComparison, ExampleKind, Match, ReportData } from "../data.ts";
import { percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { splitName } from "../names.ts";
import { changedText, earlierTurns, lastRequest, markQuotes } from "./answer-text.ts";
import { checkpointName, dialogue, type Section } from "./parts.ts";

const kindTitles: Readonly<Record<ExampleKind, string>> = {
  changed: "Changed",
  "still-violates": "Still against the constitution",
  harmless: "Harmless, answered before and after",
  "over-refused": "Harmless, but refused after training",
  compared: "Before and after",
  revised: "A training request that was revised",
};

/** Answers before and after, each with the training data behind it. */
export function examplesSection(data: ReportData): Section | undefined {
  const principles = new Map(data.constitution?.principles.map(({ id, text }) => [id, text]));
  const kinds = new Set(data.examples.map(({ kind }) => kind));
  if (data.examples.length === 0) return undefined;
  const isTrainedOn = data.examples.some(({ split }) => split === "trained-on");
  const about = isTrainedOn
    ? "these are the prompts that the run was trained on"
    : "the requests of the evaluation are not trained on";
  const title = kinds.has("revised") && kinds.size === 1 ? "Answers that were revised" : "Answers before and after";
  const body = html`<p>Nobody picked these: each kind is taken in the order of a hash of the requests’ ids${kinds.has("changed") ? ", the changed ones with one request a principle" : ""}.
What stands behind an
answer is the training request nearest to it, by principle and by shared words; ${about}.</p>
${data.examples.map((example, i) => exampleArticle(example, principles, i === 0))}`;
  return { id: "answers", title, body };
}

type Principles = ReadonlyMap<string, string>;

function exampleArticle(example: Example, principles: Principles, open: boolean): Html {
  const { kind, split, messages, answers, broke } = example;
  const tag = [kindTitles[kind], split === undefined ? undefined : splitName(split).adjective].filter(
    (part) => part !== undefined,
  );
  return html`<article class="example">
<h3><span class="tag">${tag.join(", ")}</span> <span dir="auto">${lastRequest(messages)}</span></h3>
${earlierTurns(messages)}
${
  answers.length === 0
    ? undefined
    : html`<dl class="answers">${answers.map(
        ({ subject, response, values }, i) =>
          html`<dt>${checkpointName(subject)}</dt><dd><div class="text" dir="auto">${(i === answers.length - 1 ? changedText(answers[0]?.response ?? "", response) : undefined) ?? markQuotes(response, [])}</div><span class="tag">${verdict(values)}</span></dd>`,
      )}</dl>`
}
${answers.length === 0 ? revisedPart(example) : undefined}
${broke.length === 0 ? undefined : html`<p class="meta">The first answer broke ${broke.map((id, i) => html`${i > 0 ? ", " : ""}<code>${id}</code>`)}.</p>`}
${behind(example, principles, open)}
</article>`;
}

/** A response and what became of it, where no checkpoint answered the request. */
function revisedPart({ chain }: Example): Html | undefined {
  const last = chain?.rounds.findLast(({ revision }) => revision.outcome === "usable")?.revision;
  if (chain === undefined || last === undefined) return undefined;
  return html`<dl class="answers"><dt>First</dt><dd><div class="text" dir="auto">${markQuotes(chain.response, [])}</div></dd>
<dt>Revised</dt><dd><div class="text" dir="auto">${changedText(chain.response, last.revision) ?? markQuotes(last.revision, [])}</div></dd></dl>`;
}

function verdict(values: Values): string {
  const said: string[] = [];
  if (values["parse"] === false) said.push("not a sentence of the language");
  if (values["violation"] === true) said.push("against the constitution");
  if (values["violation"] === false && values["parse"] !== false) said.push("keeps the constitution");
  if (values["harmlessAnswered"] === true) said.push("answers on topic");
  if (values["overRefusal"] === true) said.push("refuses a harmless request");
  if (values["refusalReasonedAndOffered"] === true) said.push("with a reason and an offer");
  return said.join(", ");
}

function behind({ chain, comparison }: Example, principles: Principles, open: boolean): Html | undefined {
  if (chain === undefined && comparison === undefined) return undefined;
  const ids = [...new Set(chain?.rounds.filter(isFound).map(({ revision }) => revision.principleId))];
  const title =
    ids.length === 0
      ? "The training behind it"
      : html`The training behind it: principle${ids.length > 1 ? "s" : ""} ${ids.map((id, i) => html`${i > 0 ? ", " : ""}<code>${id}</code>`)}`;
  const body = html`<summary>${title}</summary>
<div class="why">${chain === undefined ? undefined : chainPart(chain, principles)}${comparison === undefined ? undefined : comparisonPart(comparison)}</div>`;
  return open ? html`<details open>${body}</details>` : html`<details>${body}</details>`;
}

type Round = ExampleChain["rounds"][number];

/** Whether a critique found the principle broken; else it was merely drawn for the round. */
function isFound({ revision, critique }: Round): boolean {
  return critique?.finding === "breaks" || revision.tripped.includes(revision.principleId);
}

function sayDrawn(round: Round): string {
  if (isFound(round)) return "";
  return round.critique?.finding === "keeps"
    ? " (drawn for this round; the critique finds it kept)"
    : " (drawn for this round; that it was broken is not said)";
}

function matchText(match: Match): string {
  return match === "same" ? "the same request" : "the nearest request by shared words";
}

function chainPart({ match, messages, response, responseId, rounds }: ExampleChain, principles: Principles): Html {
  return html`<h4>Request in SL-CAI (${matchText(match)})</h4><p>${dialogue(messages)}</p>
<h4>First response</h4><p>${response}</p>
${rounds.map((round) => {
  const { revision, critique } = round;
  const text = principles.get(revision.principleId);
  return html`<h4>Principle ${revision.principleId}${sayDrawn(round)}</h4>${text === undefined ? undefined : html`<p>${text}</p>`}
${critique === undefined ? undefined : html`<h4>Critique ${revision.round}</h4><p>${critique.critique}</p>`}
<h4>Revision ${revision.round}${revision.outcome === "usable" ? "" : ` (not used: ${revision.outcome})`}</h4><p>${revision.revision}</p>`;
})}
<p class="meta">Record <code>${rounds.at(-1)?.revision.id ?? responseId}</code></p>`;
}

function comparisonPart({ match, messages, record }: ExampleComparison): Html {
  const loud = [...record.evidence]
    .filter(({ probability }) => Math.abs(probability - 0.5) >= 0.05)
    .sort((a, b) => Math.abs(b.probability - 0.5) - Math.abs(a.probability - 0.5))
    .slice(0, 3);
  return html`<h4>Request in the AI comparisons (${matchText(match)})</h4><p>${dialogue(messages)}</p>
<h4>First</h4><p>${record.responses[0]}</p><h4>Second</h4><p>${record.responses[1]}</p>
<p class="label"><span class="bar" style="--share: ${(100 * record.label).toFixed(1)}%"></span> The first is better: ${percent(record.label)}${record.label === record.raw ? "" : ` (${percent(record.raw)} before clamping)`}</p>
${loud.map(
  ({ principleId, probability, orders }) =>
    html`<p><code>${principleId}</code> ${percent(probability)}${orders[0].thought === null ? "" : html`: ${orders[0].thought}`}</p>`,
)}
<p class="meta">${record.evidence.length > loud.length ? `${loud.length === 0 ? "None" : loud.length} of ${record.evidence.length} principles shown: the most decided. ` : ""}Record <code>${record.id}</code></p>`;
}
