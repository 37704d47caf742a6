import type { Summary } from "../../evaluation/index.ts";
import type { ReportData } from "../data.ts";
import { day, percent, percentRange } from "../format.ts";
import { type Html, html, type Part } from "../html.ts";
import { harborDisclosure, headlineFigures, headlineSubject, isHarbor, tellLede } from "../lede.ts";
import { cardPart } from "./card.ts";
import { checkpointName, showNothing } from "./parts.ts";
import { runCard, runFacts } from "./run-lead.ts";

/** Title, what this is, and the three figures that matter. */
export function headline(data: ReportData): Html {
  const { summary, name } = data;
  return html`<header>
<p class="kicker">Precept · Constitutional AI, report of a run${summary === undefined || summary.preset === "project" ? "" : ` · preset ${summary.preset}`} · seed ${data.manifest.seed} · ${day(data.date)}</p>
<h1>${name}</h1>
${lede(data)}
${runFacts(data)}
${cardPart(runCard(data))}
${data.check === undefined ? disclosure(data) : undefined}
${control(summary)}
${summary === undefined || data.check !== undefined ? undefined : figures(summary)}
</header>`;
}

function lede(data: ReportData): Html {
  const { parts, isEmpty } = tellLede(data);
  const words = parts.map((part): Part => (typeof part === "string" ? part : html`<code>${part.code}</code>`));
  return isEmpty ? showNothing(...words) : html`<p class="lede">${words}</p>`;
}

/** Every page that shows harbor's results says what harbor is. */
function disclosure({ suites, templateVersions }: ReportData): Html {
  const world = isHarbor({ suites, templateVersions })
    ? html`<p><strong>What this is.</strong> ${harborDisclosure}</p>`
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
  return html`<dl class="figures">${headlineFigures(summary).map(
    ({ label, definition, rates }) =>
      html`<div><dt title="${definition}">${label}</dt>${rates.map(
        ([name, rate]) =>
          html`<dd><span class="who">${checkpointName(name)}</span> <span class="value">${percent(rate.estimate)}</span> <span class="ci">${percentRange(rate)}</span></dd>`,
      )}</div>`,
  )}</dl>
<p class="meta">On ${headlineSubject(summary)}, with Wilson 95 % intervals in percent.</p>`;
}

function join(parts: readonly Html[], between: string): Part[] {
  return parts.flatMap((part, i): Part[] => (i === 0 ? [part] : [between, part]));
}
