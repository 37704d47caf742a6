import { checkpointNames, estimateOf, estimatesByPrinciple, type SplitRates } from "../../evaluation/index.ts";
import type { Measured } from "../../statistics/index.ts";
import type { ReportData } from "../data.ts";
import { count, day, duration } from "../format.ts";
import { type Html, html } from "../html.ts";
import { checkpointLabel, metricName, modelLabel, splitName } from "../names.ts";
import { type Card, rateRow } from "./card.ts";
import { checkRows } from "./check-rates.ts";
import { formatSpent } from "./money.ts";
import { fact } from "./parts.ts";

/** Checkpoints that were measured, in the order of the method, with their rates on the split that matters most. */
function measuredEnds({ summary }: ReportData): { split: string; ends: { name: string; rates: SplitRates }[] } {
  const all = checkpointNames.flatMap((name) => {
    const rates = summary?.checkpoints[name];
    return rates === undefined ? [] : [{ name, rates }];
  });
  const splits = all.flatMap(({ rates }) => Object.keys(rates));
  const split = splits.includes("heldOut") ? "heldOut" : (splits[0] ?? "");
  const own = all.flatMap(({ name, rates }) => (rates[split] === undefined ? [] : [{ name, rates: rates[split] }]));
  return { split, ends: own.length > 1 ? [...own.slice(0, 1), ...own.slice(-1)] : own };
}

/** The model that the run began with, in a few words, and what came of it. */
function modelsOf(data: ReportData): string {
  const { manifest, check } = data;
  const begun = manifest.models?.["initial"];
  const start = begun === undefined ? (manifest.of ?? "Initial") : modelLabel(begun);
  const trained =
    measuredEnds(data).ends[1]?.name ??
    ["rl-cai", "dpo", "sl-cai"].find((stage) => data.checkpointHashes[stage] !== undefined);
  if (trained !== undefined) return `${start} → ${checkpointLabel(trained)}`;
  const checked = check?.columns.map(({ name }) => modelLabel(name)) ?? [];
  if (checked.length < 2) return start;
  return checked.includes(start) ? checked.join(" → ") : `${start}: ${checked.join(" → ")}`;
}

const hasSpent = (spent: ReportData["spent"]): boolean =>
  Object.values(spent).some(({ calls, cached }) => calls + cached > 0);

const secondsOf = ({ manifest }: ReportData): number =>
  Object.values(manifest.stages).reduce((sum, stage) => sum + stage.seconds, 0);

/** Models and money, before anything else. */
export function runFacts(data: ReportData): Html {
  const { manifest, spent, counts } = data;
  const roles = Object.entries(manifest.models ?? {});
  const seconds = secondsOf(data);
  const byModel = [...Map.groupBy(roles, ([, name]) => name)].map(
    ([name, own]) => html`${name} <span class="meta">${own.map(([role]) => role).join(", ")}</span><br>`,
  );
  const pairs = counts["sl-cai"]?.["sl-example"] ?? 0;
  const comparisons = counts["ai-feedback"]?.["comparison"] ?? 0;
  const made = [
    ...(pairs === 0 ? [] : [`${count(pairs)} pairs for fine-tuning`]),
    ...(comparisons === 0 ? [] : [`${count(comparisons)} comparisons`]),
  ];
  return html`<dl class="facts">
${byModel.length === 0 ? undefined : fact("Models", html`${byModel}`)}
${hasSpent(spent) ? fact("Spent", formatSpent(spent)) : undefined}
${seconds === 0 ? undefined : fact("Time of work", duration(seconds))}
${made.length === 0 ? undefined : fact("Made", made.join(", "))}
</dl>`;
}

/** What a person pastes into a chat. */
export function runCard(data: ReportData): Card {
  const { constitution, name, date, spent, check } = data;
  const principles = constitution?.principles.length;
  return {
    title: [
      constitution?.name ?? name,
      ...(principles === undefined ? [] : [`${principles} principles`]),
      day(date),
    ].join(", "),
    lines: [modelsOf(data), hasSpent(spent) ? formatSpent(spent) : `${duration(secondsOf(data))} of work`],
    ...(check === undefined ? measuredRows(data) : checkRows(check)),
  };
}

/** Of a run whose answers an oracle or a rule reads: violations, each principle's, else refusals. */
function measuredRows(data: ReportData): Pick<Card, "about" | "rows"> {
  const { split, ends } = measuredEnds(data);
  const of = (metric: string): (Measured | undefined)[] => ends.map(({ rates }) => estimateOf(rates, metric));
  const ids = [...new Set(ends.flatMap(({ rates }) => [...estimatesByPrinciple(rates).keys()]))];
  const adjective = splitName(split).adjective;
  const violations = rateRow("any principle", of("violation"));
  const labels = ends.map(({ name }) => checkpointLabel(name)).join(" → ");
  if (violations.length > 0 || ids.length > 0) {
    return {
      about: `answers to ${adjective} requests that break it, ${labels} (95 %)`,
      rows: [
        ...violations,
        ...ids.flatMap((id) =>
          rateRow(
            id,
            ends.map(({ rates }) => estimatesByPrinciple(rates).get(id)),
          ),
        ),
      ],
    };
  }
  const metrics = ["redTeamRefused", "helpfulRefused", "cutOff"];
  return {
    about: `answers to ${adjective} prompts, ${labels} (95 %)`,
    rows: metrics.flatMap((metric) => rateRow(metricName(metric).label, of(metric))),
  };
}
