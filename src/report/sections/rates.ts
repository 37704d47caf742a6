import { type CheckpointRates, checkpointNames, findMeasured, type Summary } from "../../evaluation/index.ts";
import type { ReportData } from "../data.ts";
import { count, formatPoints, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import { knownMetrics, metricName, splitName } from "../names.ts";
import { checkpointName, rateCell, type Section, table } from "./parts.ts";

/** Every rate with n and interval: splits in groups, one column a checkpoint. */
export function ratesSection({ summary, differences }: ReportData): Section | undefined {
  const title = "Rates";
  const columns = checkpointNames.flatMap((name) => {
    const rates = summary?.checkpoints[name];
    return rates === undefined ? [] : [{ name, rates }];
  });
  if (columns.length === 0) return undefined;
  return {
    id: "rates",
    title,
    body: html`<p>In percent, with Wilson 95 % intervals; n is the number of answers a rate counts.${summary?.preset === "project" ? undefined : worldNote}</p>${ratesTable("Rates by checkpoint", columns)}
${differencesTable(differences)}${textsTable(summary)}`,
  };
}

const worldNote = ` An answer that is no sentence
of the language is undetermined: it is in no rate of what breaks the constitution, and below it stand the bounds if none of those answers did, and if all did.`;

/** Also for comparisons of other checkpoints, such as SL-CAI with and without replay. */
export function ratesTable(
  label: string,
  columns: readonly { readonly name: string; readonly rates: CheckpointRates }[],
): Html {
  const splits = [...new Set(columns.flatMap(({ rates }) => Object.keys(rates)))];
  const head = html`<th scope="col">Rate</th>${columns.map(({ name }) => html`<th scope="col" class="num">${checkpointName(name)}</th>`)}`;
  const rows = splits.map((split, i) => {
    const group = html`<tr class="group"><th scope="rowgroup" colspan="${columns.length + 1}">${splitName(split).label}<span class="meta">${splitName(split).definition}</span></th></tr>`;
    const metrics = metricsOf(columns.flatMap(({ rates }) => (rates[split] === undefined ? [] : [rates[split]])));
    return html`${group}${metrics.map((metric) => {
      const { label, definition } = metricName(metric);
      return html`<tr><th scope="row">${label}${i > 0 || definition === "" ? undefined : html`<span class="meta">${definition}</span>`}</th>
${columns.map(({ rates }) => rateCell(findMeasured(rates[split], metric)))}</tr>`;
    })}`;
  });
  return table(label, head, rows);
}

/** What training changed, request by request, by the rule of `precept compare`. */
function differencesTable(differences: ReportData["differences"]): Html | undefined {
  if (differences.length === 0) return undefined;
  const head = html`<th scope="col">Rate</th><th scope="col">Prompts</th>${differences.map(({ checkpoint }) => html`<th scope="col" class="num">${checkpointName(checkpoint)} − ${checkpointName("initial")}</th>`)}`;
  const [first] = differences;
  const rows = first?.rows.map(
    ({ metric, group }) =>
      html`<tr><th scope="row">${metricName(metric).label}</th><td>${splitName(group["split"] ?? "").label}</td>${differences.map(({ rows: own }) => differenceCell(own.find((row) => row.metric === metric && row.group["split"] === group["split"])))}</tr>`,
  );
  return html`<h3>What training changed</h3>${table("Differences to the initial model", head, rows, "Percentage points, paired over the same prompts, 95 % intervals; bold where it is told from no change after Holm over all figures of a column.")}`;
}

function differenceCell(row: ReportData["differences"][number]["rows"][number] | undefined): Html {
  if (row === undefined || row.difference === null)
    return html`<td class="num"><span class="n" title="${row?.note ?? "not measured"}">–</span></td>`;
  const { difference, verdict, n } = row;
  const shown = formatPoints(difference.estimate);
  return html`<td class="num">${verdict === "cannot tell" ? shown : html`<strong>${shown}</strong>`}<span class="ci">${formatPoints(difference.low)} to ${formatPoints(difference.high)} <span class="n">n ${count(n)}</span></span></td>`;
}

/** Length and repetition, which need no judge. */
function textsTable(summary: Summary | undefined): Html | undefined {
  const texts = Object.entries(summary?.texts ?? {});
  if (texts.length === 0) return undefined;
  const head = html`<th scope="col">Checkpoint</th><th scope="col" class="num">Mean words</th><th scope="col" class="num">Share</th><th scope="col">Most repeated phrase</th>`;
  const rows = texts.map(
    ([
      name,
      {
        meanWords,
        mostRepeated: { ngram, share },
      },
    ]) =>
      html`<tr><th scope="row">${checkpointName(name)}</th><td class="num">${meanWords.toFixed(1)}</td><td class="num">${percent(share)}</td><td>${ngram === "" ? "–" : ngram}</td></tr>`,
  );
  return html`<h3>What the texts say by themselves</h3>${table("Length and repetition", head, rows, "The run of words that stands in the largest share of answers, over all requests; no judge and no oracle reads it.")}`;
}

/** Known rates first, in their order, then whatever else is measured; the gold reward and each principle are shown elsewhere. */
function metricsOf(splits: readonly CheckpointRates[string][]): string[] {
  const present = new Set<string>();
  for (const rates of splits) {
    for (const name of Object.keys(rates)) if (name !== "goldReward" && !name.includes(".")) present.add(name);
  }
  return [
    ...knownMetrics.filter((name) => present.has(name)),
    ...[...present].filter((name) => !knownMetrics.includes(name)).sort(),
  ];
}
