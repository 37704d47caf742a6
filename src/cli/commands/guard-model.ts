import { omitUndefined } from "../../omit-undefined.ts";
import { duration } from "../../progress/index.ts";
import { runGuardModel } from "../../project/index.ts";
import type { GuardModelSummary, GuardSide, HeadForm } from "../../stages/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { percentOf } from "../show-guarded.ts";

export interface GuardModelFlags {
  readonly backbone?: string | undefined;
  readonly side?: GuardSide | undefined;
  readonly samples?: number | undefined;
  readonly config?: string | undefined;
  readonly form?: HeadForm | "best" | undefined;
  readonly anyPrinciple: boolean;
  readonly minTexts?: number | undefined;
  readonly shuffleLabels: boolean;
  readonly json: boolean;
}

/** precept guard-model RUN: heads for a guard, from the run's own critiques and revisions. */
export async function guardModel(
  this: CliContext,
  { minTexts, form, anyPrinciple, json, ...flags }: GuardModelFlags,
  folder: string,
): Promise<void> {
  const { summary, unchanged } = await runGuardModel({
    folder,
    ...flags,
    settings: omitUndefined({ minTexts, form, anyPrinciple: anyPrinciple || undefined }),
    command: this.command,
    progress: progressOf(this, json),
    signal: this.signal,
    env: this.env,
  });
  if (json) printJson(this, { ...summary, unchanged });
  else print(this, describe(summary, folder));
}

function describe(
  { side, areas, form, texts, heads, untaught, holdTokens, seconds, shuffledLabels }: GuardModelSummary,
  folder: string,
): string {
  const sum = Object.entries(texts).map(([split, count]) => `${split} ${count}`);
  const rows = Object.entries(heads).map(([id, { development, report }]) => {
    const measure = ({ auc, breaks, keeps }: typeof report): string =>
      auc === undefined
        ? `no AUC from ${breaks} : ${keeps}`
        : `AUC ${auc.estimate.toFixed(4)} [${auc.low.toFixed(4)}–${auc.high.toFixed(4)}] of ${breaks} : ${keeps}`;
    return `           ${id.padEnd(12)} development ${measure(development)} · report ${measure(report)}`;
  });
  return [
    `labels     ${sum.join(" · ")} texts${shuffledLabels ? " · those of training dealt out anew" : ""}`,
    `heads      ${rows.length}, broken : kept as the run's critic found`,
    ...(areas === undefined
      ? []
      : [
          `form       ${form}; mean AUC on development ${Object.entries(areas)
            .map(([name, area]) => `${name} ${area.toFixed(4)}`)
            .join(", ")}`,
        ]),
    ...rows,
    ...(untaught.length === 0
      ? []
      : [`no head    ${untaught.join(", ")}: too few texts that break them, or keep them`]),
    side === "input" ? `took       ${duration(seconds)}` : `hold       ${holdTokens} tokens · ${duration(seconds)}`,
    `next       precept guard tune ${folder}${side === "input" ? " --side input" : ""} --max-false-blocks ${percentOf(0.005)}`,
  ].join("\n");
}
