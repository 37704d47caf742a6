import { tuneGuard } from "../../project/index.ts";
import type { GuardSide } from "../../stages/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { formatRate, percentOf } from "../show-guarded.ts";

export interface GuardTuneFlags {
  readonly maxFalseBlocks: number;
  readonly side?: GuardSide | undefined;
  readonly policy?: string | undefined;
  readonly json: boolean;
}

/** precept guard tune RUN: thresholds that the development texts of its guard model prove, written into a policy. */
export async function guardTune(this: CliContext, flags: GuardTuneFlags, folder: string): Promise<void> {
  const { maxFalseBlocks, side, policy = "guard.yaml" } = flags;
  const tuned = await tuneGuard(folder, { policy, maxFalseBlocks, side });
  if (flags.json) return printJson(this, tuned);
  const lines = tuned.heads.map(({ id, act, caught }) => {
    const catches = caught === undefined ? "no broken text to show what it catches" : `catches ${formatRate(caught)}`;
    return `           ${id.padEnd(12)} act ${act.toPrecision(4)} · ${catches}`;
  });
  print(
    this,
    [
      `blocked    ${formatRate(tuned.falseBlocks)} of harmless development texts; at most ${percentOf(maxFalseBlocks)} asked`,
      "heads      by the run's own critic",
      ...lines,
      `hold       ${tuned.holdTokens ?? "as it was"} tokens`,
      `written    ${policy}`,
    ].join("\n"),
  );
}
