import {
  boundsOf,
  type CheckpointName,
  checkpointNames,
  findMeasured,
  type SplitRates,
  type Summary,
} from "../evaluation/index.ts";
import { checkpointLabel, metricName, splitName } from "../report/index.ts";
import { isEstimate, type Measured } from "../statistics/index.ts";
import { type Page, table } from "./layout.ts";

const metrics = [
  "violation",
  "refusal",
  "harmlessAnswered",
  "harmlessRight",
  "overRefusal",
  "refusalReasonedAndOffered",
  "redTeamRefused",
  "helpfulRefused",
  "cutOff",
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
    const measured = names.map((name) => findMeasured(ratesOf(name), metric));
    if (measured.every((rate) => rate === undefined)) return [];
    const bounds = measured.map(boundsOf);
    const open = bounds.every((bound) => bound === undefined)
      ? []
      : [["   with the undetermined", ...bounds.flatMap((bound) => boundCells(bound, page)), openOnes(bounds)]];
    return [[metricName(metric).label, ...measured.flatMap((rate) => cells(rate, page)), sizes(measured)], ...open];
  });
  return table([head, ...rows], `l${"rl".repeat(names.length)}r`);
}

/** Estimate and interval in percent; narrow, so that three checkpoints fit a terminal of 80 columns. */
function cells(rate: Measured | undefined, page: Page): [string, string] {
  if (!isEstimate(rate)) return ["–", ""];
  return [toPercent(rate.estimate), page.paint("dim", `${toPercent(rate.low)}–${toPercent(rate.high)}`)];
}

function toPercent(share: number): string {
  return (100 * share).toFixed(1);
}

/** The rate if none of the answers without a verdict counted, and if all did. */
function boundCells(bound: Bounds, page: Page): [string, string] {
  return bound === undefined
    ? ["", ""]
    : ["", page.paint("dim", `${toPercent(bound.low)} to ${toPercent(bound.high)}`)];
}

function openOnes(bounds: readonly Bounds[]): string {
  return `+ ${bounds.map((bound) => bound?.n ?? 0).join(" / ")}`;
}

type Bounds = ReturnType<typeof boundsOf>;

/** One number where all agree; else one for each checkpoint. */
function sizes(rates: readonly (Measured | undefined)[]): string {
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
