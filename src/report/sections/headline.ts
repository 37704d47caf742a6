import type { Principle } from "../../constitution/index.ts";
import { checkpointNames, estimateOf, type Summary } from "../../evaluation/index.ts";
import type { Estimate } from "../../statistics/index.ts";
import type { ReportData } from "../data.ts";
import { day, percent, percentRange } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { checkpointLabel, metricName, splitName } from "../names.ts";
import { cardPart } from "./card.ts";
import { checkLede } from "./check-lede.ts";
import { checkpointName, showNothing } from "./parts.ts";
import { runCard, runFacts } from "./run-lead.ts";

const headlineMetrics = [
  "violation",
  "harmlessAnswered",
  "refusalReasonedAndOffered",
  "redTeamRefused",
  "helpfulRefused",
];

/** Title, what this is, and the three figures that matter. */
export function headline(data: ReportData): Html {
  const { summary, name } = data;
  return html`<header>
<p class="kicker">Precept · Constitutional AI, report of a run${summary === undefined || summary.preset === "project" ? "" : ` · preset ${summary.preset}`} · seed ${data.manifest.seed} · ${day(data.date)}</p>
<h1>${name}</h1>
${data.check === undefined ? (summary === undefined ? explainUnmeasured(data) : story(data, summary)) : html`<p class="lede">${checkLede(data.check)}</p>`}
${runFacts(data)}
${cardPart(runCard(data))}
${data.check === undefined ? disclosure(data) : undefined}
${control(summary)}
${summary === undefined || data.check !== undefined ? undefined : figures(summary)}
</header>`;
}

function explainUnmeasured({ manifest, counts, folder }: ReportData): Html {
  if (manifest.config["models"] === undefined) {
    return showNothing(
      "This run has not been evaluated: there is no summary.json. ",
      html`<code>precept evaluate ${folder}</code> writes it.`,
    );
  }
  const pairs = counts["sl-cai"]?.["sl-example"] ?? 0;
  const comparisons = counts["ai-feedback"]?.["comparison"] ?? 0;
  return html`<p class="lede">Data for training: ${String(pairs)} pairs for fine-tuning, ${String(comparisons)} comparisons. Nothing was trained or measured in this run.</p>`;
}

function heldOut(summary: Summary): {
  readonly split: string;
  readonly rates: readonly (readonly [string, Summary["checkpoints"]["initial"]])[];
} {
  const measured = checkpointNames.map((checkpoint) => [checkpoint, summary.checkpoints[checkpoint]] as const);
  const splits = measured.flatMap(([, rates]) => Object.keys(rates ?? {}));
  return { split: splits.includes("heldOut") ? "heldOut" : (splits[0] ?? "heldOut"), rates: measured };
}

function estimatesOf(summary: Summary, metric: string): (readonly [string, Estimate])[] {
  const { split, rates } = heldOut(summary);
  return rates.flatMap(([checkpoint, splits]) => {
    const rate = estimateOf(splits?.[split], metric);
    return rate === undefined ? [] : [[checkpoint, rate] as const];
  });
}

/** What came of one principle: refusals of what it governs, or breaches of it where it governs manners; what else moved. */
function storyOfOne({ id, text }: Pick<Principle, "id" | "text">, summary: Summary): Html | undefined {
  const refused = estimatesOf(summary, "refusal");
  const about = refused.length > 0 ? refused : estimatesOf(summary, `byPrinciple.${id}`);
  if (about.length === 0) return undefined;
  const course = (rates: readonly (readonly [string, Estimate])[]): Part[] =>
    join(
      rates.map(([name, rate]) => html`${percent(rate.estimate)} (${checkpointLabel(name)})`),
      ", ",
    );
  const { adjective } = splitName(heldOut(summary).split);
  const what =
    refused.length > 0
      ? html`refusals of ${adjective} requests that it governs`
      : html`${adjective} answers that break it`;
  const others = refused.length > 0 ? estimatesOf(summary, "overRefusal") : [];
  const rest = others.length === 0 ? undefined : html` Refusals of all other requests: ${course(others)}.`;
  return html`<p class="lede">“${text}” (<code>${id}</code>): ${what}: ${course(about)}.${rest}</p>`;
}

/** Refusals before and after, of a project whose answers nobody judged. */
function storyOfPrompts(summary: Summary): Html {
  const course = (metric: string): Part[] =>
    join(
      estimatesOf(summary, metric).map(([name, rate]) => html`${percent(rate.estimate)} (${checkpointLabel(name)})`),
      ", ",
    );
  const [redTeam, helpful] = [course("redTeamRefused"), course("helpfulRefused")];
  if (redTeam.length + helpful.length === 0) return showNothing("No rate was measured in this run.");
  const { adjective } = splitName(heldOut(summary).split);
  const parts = [
    ...(redTeam.length === 0 ? [] : [html`${adjective} red-team prompts: ${redTeam}`]),
    ...(helpful.length === 0 ? [] : [html`${adjective} helpful prompts: ${helpful}`]),
  ];
  return html`<p class="lede">Refusals of ${join(parts, "; of ")}.</p>`;
}

function story({ constitution }: ReportData, summary: Summary): Html {
  const [principle, ...more] = constitution?.principles ?? [];
  const own = principle === undefined || more.length > 0 ? undefined : storyOfOne(principle, summary);
  if (own !== undefined) return own;
  const violations = estimatesOf(summary, "violation");
  if (violations.length === 0) return storyOfPrompts(summary);
  const [first, ...later] = violations;
  if (first === undefined) return html``;
  const [, initial] = first;
  const after = later.map(([name, rate]) => html`${percent(rate.estimate)} after ${checkpointLabel(name)}`);
  const start = html`On ${splitName(heldOut(summary).split).adjective} requests that the constitution governs, the initial model broke it in ${percent(initial.estimate)} of its answers`;
  return html`<p class="lede">${start}${after.length === 0 ? "." : html`; ${join(after, " and ")}.`}</p>`;
}

function join(parts: readonly Html[], between: string): Part[] {
  return parts.flatMap((part, i): Part[] => (i === 0 ? [part] : [between, part]));
}

/** Every page that shows harbor's results says what harbor is. */
function disclosure({ suites, templateVersions }: ReportData): Html {
  const names = [...suites, ...templateVersions];
  const isHarbor = names.length === 0 || names.some((name) => name.startsWith("harbor"));
  const world = isHarbor
    ? html`<p><strong>What this is.</strong> Harbor is a world of a few hundred words, in which a model of about a million
parameters plays every role of the method. This report is evidence about the mechanics of the method, not about
the capability or the safety of any model that people use. An oracle that reads harbor’s grammar measured the rates; it took
no part in training.</p>`
    : html`<p><strong>What this is.</strong> Rates as the suite ${join(
        suites.map((suite) => html`<code>${suite}</code>`),
        ", ",
      )} scores answers.
A rate is as good as the scoring behind it.</p>`;
  return html`<aside class="note" aria-label="What this is">${world}</aside>`;
}

function control(summary: Summary | undefined): Html | undefined {
  const entries = Object.entries(summary?.variation ?? {}).filter(
    ([, value]) => typeof value === "string" && value !== "",
  );
  if (entries.length === 0) return undefined;
  const list = entries.map(([what, value]) => html`${what} <code>${String(value)}</code>`);
  return html`<aside class="note" aria-label="Control"><p><strong>This run is a control:</strong> ${join(list, ", ")}. It is meant to differ from a plain run.</p></aside>`;
}

function figures(summary: Summary): Html {
  return html`<dl class="figures">${headlineMetrics.map((metric) => {
    const { label, definition } = metricName(metric);
    const rates = estimatesOf(summary, metric);
    if (rates.length === 0) return undefined;
    return html`<div><dt title="${definition}">${label}</dt>${rates.map(
      ([name, rate]) =>
        html`<dd><span class="who">${checkpointName(name)}</span> <span class="value">${percent(rate.estimate)}</span> <span class="ci">${percentRange(rate)}</span></dd>`,
    )}</div>`;
  })}</dl>
<p class="meta">On ${splitName(heldOut(summary).split).adjective} requests, with Wilson 95 % intervals in percent.</p>`;
}
