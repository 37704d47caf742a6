import type { RedteamRow } from "../redteam/index.ts";
import { sortTechniques, tellFor } from "../redteam/index.ts";
import { type Estimate, isEstimate, type Measured } from "../statistics/index.ts";
import { renderDocument } from "./document.ts";
import { count, day, percent, percentRange } from "./format.ts";
import { type Html, html } from "./html.ts";
import { modelLabel } from "./names.ts";
import type { RedteamData } from "./redteam-data.ts";
import { type Card, cardPart, rateRow } from "./sections/card.ts";
import { moneySection } from "./sections/money.ts";
import { fact, rateCell, type Section, table } from "./sections/parts.ts";
import { drawRates } from "./sections/principles.ts";
import { findingsSection } from "./sections/redteam-findings.ts";

/** The page of a red team's run. */
export function renderRedteamPage(data: RedteamData): string {
  return renderDocument({
    title: `Red team, ${data.name}`,
    header: redteamHeader(data),
    sections: [
      strategiesSection(data),
      principlesSection(data),
      gridSection(data),
      twinsSection(data),
      findingsSection(data),
      moneySection(data.summary.spent ?? {}),
      madeSection(data),
    ],
  });
}

function redteamHeader(data: RedteamData): Html {
  const { summary, date } = data;
  const { target, judge, goals, overall, corrected, stopped, isGuarded } = summary;
  const failures = stopped.model + stopped.guard + stopped.both;
  return html`<header>
<p class="kicker">Precept · red team · ${day(date)}</p>
<h1>${modelLabel(target)}</h1>
<p class="lede">Of ${count(overall.requests)} requests, <strong>${count(overall.successes)}</strong> broke a principle.${oneTry(overall.asr["1"])}</p>
<dl class="facts">
${fact("Goals", `${count(goals)}, under ${count(data.principles.length)} ${data.principles.length === 1 ? "principle" : "principles"}`)}
${fact("Judge", modelLabel(judge))}
${fact("Without the judge’s errors", isEstimate(corrected) ? `asr@1 ${percent(corrected.estimate)} (${percentRange(corrected)})` : `not known: ${corrected.note}`)}
${overall.ungraded === 0 ? undefined : fact("Without a grade", `${count(overall.ungraded)} answers, which count neither way`)}
${isGuarded && failures > 0 ? fact("Failed tries that the guard stopped", percent((stopped.guard + stopped.both) / failures)) : undefined}
</dl>
${cardPart(redteamCard(data))}
</header>`;
}

function oneTry(rate: Measured | undefined): string {
  if (!isEstimate(rate)) return "";
  return ` One try broke ${percent(rate.estimate)} of ${count(rate.n)} goals (95 % interval ${percentRange(rate)}).`;
}

function redteamCard({ summary, date }: RedteamData): Card {
  const { target, judge, goals, overall, findings, principles } = summary;
  return {
    title: `Red team of ${modelLabel(target)}, ${day(date)}`,
    lines: [
      `${count(overall.requests)} requests at ${count(goals)} goals, judged by ${modelLabel(judge)}`,
      `${count(findings)} findings`,
    ],
    about: "asr@1: goals that one try breaks",
    rows: [
      ...rateRow("All", [overall.asr["1"]]),
      ...Object.entries(principles).flatMap(([id, { asr }]) => rateRow(id, [asr["1"]])),
    ],
  };
}

const asrHeads = (): Html[] => tellFor.map((k) => html`<th scope="col" class="num">asr@${k}</th>`);

/** The rate, or why there is none. */
const asrCells = (asr: RedteamRow["asr"]): Html[] =>
  tellFor.map((k) => {
    const rate = asr[String(k)];
    if (isEstimate(rate) || rate === undefined) return rateCell(rate);
    return html`<td class="num"><span class="n" title="${rate.note}">–</span></td>`;
  });

const brokenCell = ({ successes, ungraded }: Pick<RedteamRow, "successes" | "ungraded">): Html =>
  html`<td class="num">${count(successes)}${ungraded === 0 ? undefined : html`<span class="ci">${count(ungraded)} without a grade</span>`}</td>`;

function strategiesSection({ summary, stopped }: RedteamData): Section | undefined {
  const { strategies, isGuarded } = summary;
  const ids = Object.keys(strategies);
  if (ids.length === 0) return undefined;
  const columns = [
    { k: 1, colour: "var(--initial)" },
    { k: 10, colour: "var(--sl-cai)" },
  ].map(({ k, colour }) => ({ label: `asr@${k}`, colour, rates: ratesAt(strategies, k) }));
  const drawn = columns.filter(({ rates }) => rates.size > 0);
  const head = html`<th scope="col">Strategy</th><th scope="col" class="num">Requests</th><th scope="col" class="num">Broken</th>${asrHeads()}<th scope="col" class="num">Stopped by</th>`;
  const rows = Object.entries(strategies).map(
    ([id, row]) =>
      html`<tr><th scope="row">${id}${row.isAdaptive ? html`<span class="meta">tries build on each other</span>` : undefined}</th><td class="num">${count(row.requests)}</td>${brokenCell(row)}${asrCells(row.asr)}<td class="num">${stoppedWords(stopped[id], isGuarded)}</td></tr>`,
  );
  return {
    id: "strategies",
    title: "By strategy",
    body: html`${
      drawn.length === 0
        ? undefined
        : html`<figure>${drawRates(drawn, ids, { label: "Goals broken by strategy", axis: "Goals broken" })}<figcaption>${drawn.map(({ label }) => label).join(" and ")}: the share of goals that so many tries break, with 95 % intervals over goals.</figcaption></figure>`
    }
${table("Rates of each strategy", head, rows, "asr@k: the share of goals of which k tries hold a success; of a strategy whose tries build on each other, of the first k. A dash says by its title why there is no rate.")}`,
  };
}

function ratesAt(rows: Readonly<Record<string, RedteamRow>>, k: number): ReadonlyMap<string, Estimate> {
  return new Map(
    Object.entries(rows).flatMap(([id, { asr }]) => {
      const rate = asr[String(k)];
      return isEstimate(rate) ? [[id, rate] as const] : [];
    }),
  );
}

function stoppedWords(stopped: RedteamData["stopped"][string] | undefined, isGuarded: boolean): Html {
  const { model = 0, guard = 0, both = 0 } = stopped ?? {};
  if (!isGuarded) return html`model ${count(model)}`;
  return html`model ${count(model)}<span class="ci">guard ${count(guard)} · either ${count(both)}</span>`;
}

function principlesSection({ summary, principles }: RedteamData): Section | undefined {
  if (principles.length === 0) return undefined;
  const head = html`<th scope="col">Principle</th><th scope="col" class="num">Requests</th><th scope="col" class="num">Broken</th>${asrHeads()}`;
  const rows = principles.map(({ id, text }) => {
    const row = summary.principles[id];
    if (row === undefined) return undefined;
    return html`<tr><th scope="row">${id}${text === "" ? undefined : html`<span class="meta">${text}</span>`}</th><td class="num">${count(row.requests)}</td>${brokenCell(row)}${asrCells(row.asr)}</tr>`;
  });
  return {
    id: "principles",
    title: "By principle",
    body: table(
      "Rates of each principle",
      head,
      rows,
      "Tries of all strategies together, of those that stop at a success beside those that do not; to compare, read the strategies.",
    ),
  };
}

/** Principle × technique: where it gives in. */
function gridSection({ grid, principles, summary }: RedteamData): Section | undefined {
  if (grid.length === 0) return undefined;
  const placeOf = (principle: string, technique: string): string => JSON.stringify([principle, technique]);
  const cells = new Map(grid.map((cell) => [placeOf(cell.principle, cell.technique), cell]));
  const head = html`<th scope="col">Technique</th>${principles.map(({ id }) => html`<th scope="col" class="named">${id}</th>`)}`;
  const cellPart = (principle: string, technique: string): Html => {
    const cell = cells.get(placeOf(principle, technique));
    if (cell === undefined) return html`<td><span class="unseen">not tried</span></td>`;
    const { rate, successes, ungraded } = cell;
    if (rate === null) return html`<td>${count(ungraded)} without a grade</td>`;
    return html`<td style="--share: ${Math.round(100 * rate.estimate)}%" title="95 % interval ${percentRange(rate)}"><strong>${Math.round(100 * rate.estimate)} %</strong><span class="ci">${count(successes)} of ${count(rate.n)}</span></td>`;
  };
  const rows = sortTechniques(grid).map(
    (technique) =>
      html`<tr><th scope="row">${technique}</th>${principles.map(({ id }) => cellPart(id, technique))}</tr>`,
  );
  const { found, of } = summary.overall.coverage;
  return {
    id: "grid",
    title: "Where it gives in",
    body: html`<p class="meta">Share of the graded tries that broke the principle, the darker the more; empty: not tried. ${count(found)} of ${count(of)} cells that could be tried
have a success. Tries at one goal count as independent here.</p>
<div class="grid">${table("Principle and technique", head, rows)}</div>`,
  };
}

/** What the judge calls a breach where nothing harmful was asked. */
function twinsSection({ summary: { twins } }: RedteamData): Section | undefined {
  if (!isEstimate(twins)) return undefined;
  const isAlarm = twins.low > 0.1;
  return {
    id: "twins",
    title: "The benign twins",
    body: html`<p>Each goal has a harmless request beside it. The judge calls ${percent(twins.estimate)} of ${count(twins.n)} answers to those a breach
(95 % interval ${percentRange(twins)}): a success is worth no more than that.${isAlarm ? html` <span class="word broken">▲ What it calls success may be none.</span>` : undefined}</p>`,
  };
}

function madeSection({ manifest, folder, summary }: RedteamData): Section {
  const terms: readonly (readonly [string, Html])[] = [
    ["Folder", html`<code>${folder}</code>`],
    ["Command", html`<code>precept ${manifest.command}</code>`],
    ["Seed", html`${manifest.seed}`],
    ...Object.entries(manifest.inputs).map(([name, hash]) => [`Hash of ${name}`, html`<code>${hash}</code>`] as const),
    ...(summary.findings === 0
      ? []
      : [
          [
            "On from here",
            html`<code>precept redteam export ${folder} --prompts next.jsonl --regression regression.jsonl</code>`,
          ] as const,
        ]),
  ];
  return {
    id: "provenance",
    title: "Provenance",
    body: html`<dl class="provenance">${terms.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`,
  };
}
