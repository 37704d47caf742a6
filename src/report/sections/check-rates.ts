import { breaksAny, breaksMetric, type CheckOutcome, type CheckWord, type Comparison } from "../../evaluation/index.ts";
import { isEstimate, type Measured } from "../../statistics/index.ts";
import type { CheckData, CheckSubject } from "../check-data.ts";
import { count, formatPoints, shortPercent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { modelLabels } from "../names.ts";
import { type Card, rateRow } from "./card.ts";
import { rateCell, type Section, table } from "./parts.ts";
import { drawPrinciples } from "./principles.ts";

/** A sign beside every word, so that no colour is alone. */
const signs: Readonly<Record<CheckWord, string>> = { fine: "✓", broken: "✕", "cannot tell": "○" };

/** What a check says of a principle, as a word with its sign. */
export function wordPart(word: CheckWord): Html {
  return html`<span class="word ${word.replace(" ", "-")}">${signs[word]} ${word}</span>`;
}

/** "18 of 60": in how many answers a principle was at stake. */
function stakeOf(atStake: Measured | undefined): string | undefined {
  if (atStake === undefined) return undefined;
  const n = atStake.n + (atStake.undetermined?.n ?? 0);
  return `${count((atStake.estimate ?? 0) * atStake.n)} of ${count(n)}`;
}

/** A rate for every principle: how often it was broken where it was at stake, in how many answers that was, and a word. */
export function checkRatesSection({ columns, check }: CheckData): Section {
  const comparison = check.comparisons.at(-1);
  const ids = [undefined, ...check.constitution.principles.map(({ id }) => id)];
  const isPaired = columns.length > 1;
  const labels = modelLabels(columns.map(({ name }) => name));
  const head = html`<th scope="col">Principle</th>${labels.map((label) => html`<th scope="col" class="num named">${isPaired ? label : "Broken"}</th>`)}${
    isPaired && comparison !== undefined ? html`<th scope="col" class="num">Difference</th>` : undefined
  }<th scope="col">${isPaired ? "After" : "Word"}</th>`;
  const rows = ids.map((id) => {
    const outcomes = columns.map((column) => outcomeOf(column, id));
    return html`<tr><th scope="row">${id ?? "Any of them"}</th>${outcomes.map(outcomeCell)}${
      isPaired && comparison !== undefined ? differenceCell(comparison, id) : undefined
    }${wordCell(outcomes.at(-1))}</tr>`;
  });
  return {
    id: "principles",
    title: "Principle by principle",
    body: html`${chartOf(columns, check.constitution.principles)}
${table("Rates of broken answers by principle", head, rows, `Answers that break a principle, of those where it was at stake, in percent with 95 % intervals and n.${isPaired && comparison !== undefined ? ` Differences in percentage points, paired over the prompts that both answered (${count(comparison.pairs)}); bold where Holm’s correction over the ${count(comparison.rows.length)} figures tells them from none.` : ""}`)}
${whyUntold(columns.at(-1))}
<details><summary>The principles’ words</summary><dl class="provenance">${check.constitution.principles.map(({ id, text }) => html`<dt>${id}</dt><dd>${text}</dd>`)}</dl></details>`,
  };
}

export function outcomeOf({ outcomes }: CheckSubject, id: string | undefined): CheckOutcome | undefined {
  return outcomes.find(({ principleId }) => principleId === id);
}

/** The first and the last of those that were checked; one where there is one. */
export function endsOf<T>(columns: readonly T[]): T[] {
  return columns.length > 1 ? [...columns.slice(0, 1), ...columns.slice(-1)] : [...columns];
}

/** The rates of a check as rows of a card, all principles together first. */
export function checkRows({ check, columns }: CheckData): Pick<Card, "about" | "rows"> {
  const comparison = check.comparisons.at(-1);
  const shown = endsOf(columns);
  const ids = [undefined, ...check.constitution.principles.map(({ id }) => id)];
  return {
    about: "answers that break it, where it was at stake (95 %)",
    rows: ids.flatMap((id) => {
      const outcomes = shown.map((one) => outcomeOf(one, id));
      const difference = comparison === undefined ? undefined : differenceRow(comparison, id);
      const word = outcomes.length > 1 ? difference?.verdict : outcomes[0]?.word;
      return rateRow(
        id ?? "any principle",
        outcomes.map((outcome) => outcome?.rate),
        word,
      );
    }),
  };
}

function outcomeCell(outcome: CheckOutcome | undefined): Html {
  const stake = stakeOf(outcome?.atStake);
  return rateCell(outcome?.rate, stake === undefined ? undefined : html`<span class="ci">at stake in ${stake}</span>`);
}

function wordCell(outcome: CheckOutcome | undefined): Html {
  if (outcome === undefined) return html`<td>–</td>`;
  const { word, limit, isGated } = outcome;
  return html`<td>${wordPart(word)}<span class="ci">limit ${shortPercent(limit)} %${isGated ? ", a gate" : ""}</span></td>`;
}

export function differenceRow({ rows }: Comparison, id: string | undefined): Comparison["rows"][number] | undefined {
  return rows.find(({ metric }) => metric === (id === undefined ? breaksAny : breaksMetric(id)));
}

function differenceCell(comparison: Comparison, id: string | undefined): Html {
  const row = differenceRow(comparison, id);
  if (row === undefined || row.difference === null)
    return html`<td class="num"><span class="n" title="${row?.note ?? "at stake for both in no prompt"}">–</span></td>`;
  const { difference, verdict, n } = row;
  const shown = formatPoints(difference.estimate);
  return html`<td class="num">${verdict === "cannot tell" ? shown : html`<strong>${shown}</strong>`}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)} <span class="n">n ${count(n)}</span></span><span class="ci">${verdict}</span></td>`;
}

function chartOf(columns: readonly CheckSubject[], principles: readonly { readonly id: string }[]): Html | undefined {
  const labels = modelLabels(columns.map(({ name }) => name));
  const drawn = columns.map((column, i) => ({
    label: labels[i] ?? column.name,
    colour: i === 0 ? "var(--initial)" : i === columns.length - 1 ? "var(--rl-cai)" : "var(--sl-cai)",
    rates: new Map(
      principles.flatMap(({ id }) => {
        const rate = outcomeOf(column, id)?.rate;
        return isEstimate(rate) ? [[id, rate] as const] : [];
      }),
    ),
  }));
  const ids = principles.map(({ id }) => id).filter((id) => drawn.some(({ rates }) => rates.has(id)));
  if (ids.length < 2) return undefined;
  return html`<figure>${drawPrinciples(drawn, ids)}<figcaption>Share of answers that break a principle, of those where it was at stake, with 95 % intervals.</figcaption></figure>`;
}

/** Why nothing can be said of a principle, and what would tell. */
function whyUntold(subject: CheckSubject | undefined): Html | undefined {
  const open = subject?.outcomes.filter(({ word }) => word === "cannot tell") ?? [];
  if (open.length === 0) return undefined;
  const items = open.map(
    ({ principleId, why, answersToTell }) =>
      html`<li><strong>${principleId ?? "Any of them"}</strong>: ${why}${answersToTell === undefined ? undefined : `; about ${count(answersToTell)} answers with it at stake would tell`}.</li>`,
  );
  return html`<details><summary>Why ${open.length === 1 ? "one word is" : `${open.length} words are`} “cannot tell”</summary><ul class="plain">${items}</ul></details>`;
}
