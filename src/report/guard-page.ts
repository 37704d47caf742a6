import { ACTIONS, type ActionCounts, countActed, type GuardEvent } from "../guard/index.ts";
import { renderDocument } from "./document.ts";
import { count, day } from "./format.ts";
import type { GuardData } from "./guard-data.ts";
import { type Html, html } from "./html.ts";
import { markQuotes } from "./sections/answer-text.ts";
import { guardDriftSection } from "./sections/guard-drift.ts";
import { fact, rateCell, type Section, table } from "./sections/parts.ts";

const words: Readonly<Record<(typeof ACTIONS)[number], string>> = {
  pass: "passed",
  observe: "observed",
  mask: "masked",
  block: "blocked",
  revise: "rewritten",
  route: "answered by another",
};

/** The page of a guard's log. */
export function renderGuardPage(data: GuardData): string {
  const { summary, name } = data;
  return renderDocument({
    title: `Guard, ${name}`,
    header: guardHeader(data),
    sections: [
      principlesSection(data),
      guardDriftSection(summary.drift),
      examplesSection(data),
      checksSection(data),
      coverageSection(data),
      logSection(data),
    ],
  });
}

function guardHeader({ summary, name, report }: GuardData): Html {
  const { texts, span, actions, coverage, latency, policies } = summary;
  const observed = actions.observe === undefined ? "" : `, and wrote down ${count(actions.observe)} that it let pass`;
  return html`<header>
<p class="kicker">Precept · log of a guard${span === undefined ? undefined : ` · ${day(span.from)} to ${day(span.to)}`}</p>
<h1>What the guard did</h1>
<p class="lede">${texts === 0 ? "No text was judged yet." : html`Of ${count(texts)} texts, it acted on <strong>${count(countActed(actions))}</strong>${observed}.`}</p>
<dl class="facts">
${fact("Log", html`<code>${name}</code>, ${report.faults.length === 0 ? "its chain whole" : html`<span class="word broken">▲ not whole</span>`}`)}
${fact("Characters delivered", `${count(coverage.delivered)}, ${coverage.unchecked === 0 ? "all of them checked" : `${count(coverage.unchecked)} of them unchecked`}`)}
${latency === undefined ? undefined : fact("Time of the guard", `median ${latency.median.toFixed(1)} ms, 95 % below ${latency.p95.toFixed(1)} ms`)}
${Object.keys(policies).length > 1 ? fact("Policies", `${Object.keys(policies).length}: it was changed in between`) : undefined}
</dl>
</header>`;
}

const usedActions = (tallies: readonly { readonly actions: ActionCounts }[]) =>
  ACTIONS.filter((action) => tallies.some(({ actions }) => actions[action] !== undefined));

const actionHeads = (used: readonly (typeof ACTIONS)[number][]): Html[] =>
  used.map((action) => html`<th scope="col" class="num">${words[action]}</th>`);

const actionCells = (actions: ActionCounts, used: readonly (typeof ACTIONS)[number][]): Html[] =>
  used.map((action) => html`<td class="num">${actions[action] === undefined ? "–" : count(actions[action])}</td>`);

function principlesSection({ summary: { principles }, principles: texts }: GuardData): Section | undefined {
  if (principles.length === 0) return undefined;
  const used = usedActions(principles);
  const head = html`<th scope="col">Principle</th>${actionHeads(used)}<th scope="col" class="num">Acted on</th>`;
  const rows = principles.map(
    ({ id, actions, acted }) =>
      html`<tr><th scope="row">${id}${texts[id] === undefined ? undefined : html`<span class="meta">${texts[id]}</span>`}</th>${actionCells(actions, used)}${rateCell(acted)}</tr>`,
  );
  return {
    id: "principles",
    title: "By principle",
    body: table(
      "What was done under each principle",
      head,
      rows,
      "Texts in which the principle was found broken, by what was done; a text that breaks two counts under both. Acted on: of all texts, with Wilson’s interval.",
    ),
  };
}

function checksSection({ summary: { checks } }: GuardData): Section | undefined {
  if (checks.length === 0) return undefined;
  const used = usedActions(checks);
  const head = html`<th scope="col">Check</th><th scope="col">Principle</th>${actionHeads(used)}`;
  const rows = checks.map(
    ({ check, kind, principleId, actions }) =>
      html`<tr><th scope="row">${kind}${check === kind ? undefined : html` <code>${check.replace(/^head:/u, "")}</code>`}</th><td>${principleId}</td>${actionCells(actions, used)}</tr>`,
  );
  return { id: "checks", title: "Who found it", body: table("Rules, heads and the critic", head, rows) };
}

/** What was said, with the words marked that were found. */
function examplesSection({ examples }: GuardData): Section | undefined {
  if (examples.length === 0) return undefined;
  return {
    id: "examples",
    title: "Examples",
    body: html`<p>Of each principle the newest texts that were acted on, as the log holds them. Marked is what was found.</p>
${examples.map(({ principleId, events }) => html`<h3>${principleId}</h3>${events.map(exampleArticle)}`)}`,
  };
}

/** Characters of a text that are shown. */
const mostText = 2000;

function exampleArticle({ at, action, stage, findings, text = "" }: GuardEvent): Html {
  const found = findings.map(({ check, score, threshold }) => `${check} ${score.toFixed(2)} ≥ ${threshold.toFixed(2)}`);
  const quotes = findings.flatMap(({ evidence = "" }) => (evidence.length < text.length ? [evidence] : []));
  const shown = text.length > mostText ? `${text.slice(0, mostText)}…` : text;
  return html`<article class="example">
<p class="meta">${words[action]} · ${stage} · ${at.slice(0, 16).replace("T", " ")} UTC · ${found.join(", ")}</p>
<blockquote dir="auto">${markQuotes(shown, quotes)}</blockquote>
</article>`;
}

function coverageSection({ summary }: GuardData): Section | undefined {
  const { stages, coverage, statuses, unnamed, limits, strict, wasted } = summary;
  if (stages.length === 0) return undefined;
  const used = usedActions(stages);
  const head = html`<th scope="col">Text</th><th scope="col" class="num">texts</th>${actionHeads(used)}<th scope="col" class="num">ms, median</th><th scope="col" class="num">95 % below</th>`;
  const rows = stages.map(
    ({ stage, texts, actions, latency }) =>
      html`<tr><th scope="row">${stage}</th><td class="num">${count(texts)}</td>${actionCells(actions, used)}<td class="num">${latency?.median.toFixed(1)}</td><td class="num">${latency?.p95.toFixed(1)}</td></tr>`,
  );
  const facts: readonly (readonly [string, number | undefined])[] = [
    ["Delivered though not every check had settled them, characters", coverage.unchecked],
    ["Of forbidden spans delivered, characters", coverage.leaked],
    ["A check failed, and the text passed", statuses["failed-open"] ?? 0],
    ["A check failed, and the text was stopped", statuses["failed-closed"] ?? 0],
    ["No check read the text", statuses.skipped],
    ["Acted on without a finding", unnamed === 0 ? undefined : unnamed],
    ...Object.entries(limits).map(([limit, n]) => [`The limit ${limit} kept a check, texts`, n] as const),
    ["Held to stricter thresholds, texts", strict === 0 ? undefined : strict],
    ["Answered to input that was stopped, characters", wasted === 0 ? undefined : wasted],
  ];
  const shown = facts.filter(([, n]) => n !== undefined);
  return {
    id: "coverage",
    title: "What was read",
    body: html`${table("Texts by kind", head, rows, "Times are what the guard took, within one percent.")}
<ul class="plain">${shown.map(([label, n = 0]) => html`<li>${label}: ${n > 0 ? html`<strong>${count(n)}</strong>` : "0"}</li>`)}</ul>`,
  };
}

/** Enough to hold the page against its log. */
function logSection({ file, report, summary }: GuardData): Section {
  const { lines, faults, lastHash } = report;
  const hashes = (of: Readonly<Record<string, number>>): Html =>
    html`${Object.entries(of).map(([hash, texts]) => html`<code>${hash}</code> ${count(texts)} texts<br>`)}`;
  const terms: readonly (readonly [string, Html])[] = [
    ["File", html`<code>${file}</code>, ${count(lines)} lines`],
    ["Last line", html`<code>sha256:${lastHash}</code>`],
    ["Constitution", hashes(summary.constitutions)],
    ["Policy", hashes(summary.policies)],
    ["Checked by", html`<code>precept guard audit ${file} --verify</code>`],
  ];
  return {
    id: "log",
    title: "The log",
    body: html`${faults.length === 0 ? undefined : html`<ul class="alarms">${faults.map((fault) => html`<li>${fault}</li>`)}</ul>`}
<dl class="provenance">${terms.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
  };
}
