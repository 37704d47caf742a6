import {
  type CheckpointName,
  checkpointNames,
  estimateOf,
  type SplitRates,
  type Summary,
} from "../evaluation/index.ts";
import { checkpointLabel, metricName, splitName } from "../report/index.ts";
import type { Estimate } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

const metrics = [
  "violation",
  "harmlessAnswered",
  "harmlessRight",
  "overRefusal",
  "refusalReasonedAndOffered",
  "boilerplate",
  "parse",
] as const;

/** The measured rates in percent, one table a split, with n and 95 % Wilson intervals. */
export function showRates(summary: Pick<Summary, "checkpoints">, page: Page): string {
  const present = checkpointNames.filter((name) => summary.checkpoints[name] !== undefined);
  const splits = new Set(present.flatMap((name) => Object.keys(summary.checkpoints[name] ?? {})));
  const ordered = ["heldOut", ...[...splits].filter((split) => split !== "heldOut")].filter((split) =>
    splits.has(split),
  );
  return ordered
    .map((split) => {
      const { label, definition } = splitName(split);
      const heading =
        definition === "" ? page.paint("bold", label) : `${page.paint("bold", `${label}:`)} ${definition}`;
      return `${heading}\n${splitTable(summary, present, split, page)}`;
    })
    .join("\n\n");
}

function splitTable(
  { checkpoints }: Pick<Summary, "checkpoints">,
  names: readonly CheckpointName[],
  split: string,
  page: Page,
): string {
  const ratesOf = (name: CheckpointName): SplitRates | undefined => checkpoints[name]?.[split];
  const head = ["", ...names.flatMap((name) => [checkpointLabel(name), ""]), "n"].map((cell) =>
    page.paint("dim", cell),
  );
  const rows = metrics.flatMap((metric) => {
    const rates = names.map((name) => estimateOf(ratesOf(name), metric));
    if (rates.every((rate) => rate === undefined)) return [];
    return [[metricName(metric).label, ...rates.flatMap((rate) => cells(rate, page)), sizes(rates)]];
  });
  return table([head, ...rows], `l${"rl".repeat(names.length)}r`);
}

/** Estimate and interval in percent; narrow, so that three checkpoints fit a terminal of 80 columns. */
function cells(rate: Estimate | undefined, page: Page): [string, string] {
  if (rate === undefined) return ["–", ""];
  const percent = (share: number): string => (100 * share).toFixed(1);
  return [percent(rate.estimate), page.paint("dim", `${percent(rate.low)}–${percent(rate.high)}`)];
}

/** One number where all agree; else one for each checkpoint. */
function sizes(rates: readonly (Estimate | undefined)[]): string {
  const ns = rates.map((rate) => rate?.n ?? 0);
  return new Set(ns).size === 1 ? String(ns[0]) : ns.join(" / ");
}

/** Accuracies in the roles that the method needs, before any training; beside them those of the committed model. */
export function showRoles(roles: Summary["roles"], page: Page, committed?: Summary["roles"]): string {
  const rows = Object.entries(roles).flatMap(([role, conditions]) =>
    Object.entries(conditions).map(([condition, rate], index) => [
      index === 0 ? role : "",
      condition,
      ...cells(rate, page),
      String(rate.n),
      ...(committed === undefined ? [] : cells(committed[role]?.[condition], page)),
    ]),
  );
  const head = ["", "", "this model", "", "n", ...(committed === undefined ? [] : ["committed", ""])];
  return table([head.map((cell) => page.paint("dim", cell)), ...rows], "llrlrrl");
}
