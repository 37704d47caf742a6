import { relative } from "node:path";
import {
  type Decision,
  type JudgedElicitation,
  type JudgedLevel,
  lintScalingPolicy,
  shortHash,
  unasked,
} from "../oversight/index.ts";
import type { GatedPolicy, PolicyBundle } from "../project/index.ts";
import { indentUnder, type Page, table } from "./layout.ts";

const outcomes = {
  clear: "no threshold is reached",
  safeguarded: "a threshold is reached; its safeguards hold",
  crossed: "A THRESHOLD IS CROSSED WITHOUT ITS SAFEGUARDS",
  undecided: "CANNOT BE DECIDED: evidence is lacking",
} as const;

/** A policy against a checkpoint: what was measured, which levels are reached, and the record. */
export function showGatedPolicy(gated: GatedPolicy, page: Page): string {
  const { loaded, checkpoint, trainingFlops, measures, levels, outcome, record, path } = gated;
  const { policy, hash } = loaded;
  const head = ["measure", "elicitation", "found", "95 %", "n"].map((cell) => page.paint("dim", cell));
  const rows = measures.flatMap(({ name, elicitations }) =>
    elicitations.map((one, index) => [index === 0 ? name : "", one.how, ...cellsOf(one, page)]),
  );
  const flops = trainingFlops === undefined ? "none recorded" : trainingFlops.toExponential(2);
  const faults = measures.flatMap(({ name, elicitations }) =>
    elicitations.flatMap(({ how, why }) =>
      why === undefined || why === unasked ? [] : [{ label: `${name}, ${how}`, why }],
    ),
  );
  const commands = new Set(
    measures.flatMap(({ elicitations }) =>
      elicitations.flatMap(({ status, again }) => (status === "measured" ? [] : again)),
    ),
  );
  return [
    `${page.paint("bold", policy.name)} (${shortHash(hash)}) on ${checkpoint} (${shortHash(record.checkpoint.hash)}), training FLOPs ${flops}`,
    "",
    table([head, ...rows], "llllr"),
    ...faults.map(({ label, why }) => indentUnder(page, "", `${label}: ${why}`, 3, 0)),
    ...(commands.size === 0
      ? []
      : [
          "",
          "   what would say it:",
          ...[...commands].map((line) => line.replace(/^/gmu, "   ")),
          ...(measures.some(({ elicitations }) => elicitations.some(({ status }) => status === "missing"))
            ? [
                indentUnder(
                  page,
                  "",
                  "all that is missing at once: the same command with --elicit, which names each FILE that it needs",
                  3,
                  0,
                ),
              ]
            : []),
        ]),
    "",
    ...levels.flatMap((level) => levelLines(level, page)),
    page.paint("bold", outcomes[outcome]),
    ...(record.decision === undefined
      ? []
      : [`${record.decision.by} decided: ${record.decision.what}${reasonOf(record.decision)}`]),
    ...lintScalingPolicy(policy).map((line) => page.paint("dim", `note: ${line}`)),
    `${relative(process.cwd(), path)}: record ${shortHash(record.hash)}${record.previous === null ? ", the first" : `, after ${shortHash(record.previous)}`}`,
    page.paint("dim", "note: keep this hash outside the run, whose last records can be cut off"),
  ].join("\n");
}

function cellsOf({ status, interval }: JudgedElicitation, page: Page): string[] {
  if (interval === undefined) return [page.paint("yellow", status), "", ""];
  const { estimate, low, high, n } = interval;
  return [estimate.toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`, String(n)];
}

function levelLines({ id, outcome, because, safeguards, decides, otherwise }: JudgedLevel, page: Page): string[] {
  const lines = [`${page.paint("bold", id)}: ${outcome === "clear" ? "not reached" : outcome}`];
  for (const { measure, threshold, upper } of because) {
    const bound = upper === null ? "nothing counts yet" : `upper bound ${upper.toFixed(3)}`;
    const side =
      upper === null ? "" : upper >= threshold ? "at or above the " : "below, though not everything counts yet; ";
    lines.push(indentUnder(page, "", `${measure}: ${bound}, ${side}threshold ${threshold}`, 3, 0));
  }
  if (outcome === "reached" && safeguards.length === 0)
    lines.push(indentUnder(page, "safeguards", "the policy names none"));
  for (const { name, isMet, why } of safeguards)
    lines.push(indentUnder(page, isMet ? "holds" : "NOT SHOWN", `${name}: ${why}`));
  if (outcome === "reached" && decides.length > 0) lines.push(indentUnder(page, "decides", decides.join(", ")));
  if (outcome === "reached" && otherwise !== undefined) lines.push(indentUnder(page, "until then", otherwise));
  return [...lines, ""];
}

/** What is given to an outside party. */
export const showBundle = ({ folder, checkpoint, checkpointHash, lastRecord }: PolicyBundle): string =>
  [
    `${folder}: the policy, the checkpoint ${checkpoint} (${shortHash(checkpointHash)}) and the records up to ${shortHash(lastRecord)}`,
    `${folder}/README.md says how to repeat the evaluation and add a decision`,
  ].join("\n");

/** What came back from one. */
export function showTaken(taken: readonly Decision[]): string {
  if (taken.length === 0) return "no further record";
  return taken
    .map(({ at, outcome, decision, hash }) => {
      const who = decision === undefined ? "" : `; ${decision.by} decided: ${decision.what}${reasonOf(decision)}`;
      return `${at.slice(0, 10)} ${shortHash(hash)}: ${outcomes[outcome]}${who}`;
    })
    .join("\n");
}

const reasonOf = ({ reason, isNamed }: NonNullable<Decision["decision"]>): string =>
  `${reason === undefined ? "" : `, ${reason}`}${isNamed ? "" : " (not named by the policy)"}`;
