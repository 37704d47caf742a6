import { join } from "node:path";
import { trainAttacker } from "../../project/index.ts";
import { loadRecords } from "../../records/index.ts";
import { attemptRecordSchema, isSuccess } from "../../redteam/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";

export interface RedteamTrainFlags {
  readonly budget?: number | undefined;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept redteam train TARGET: a request writer for harbor, reinforced where the target breaks. */
export async function redteamTrain(this: CliContext, flags: RedteamTrainFlags, target: string): Promise<void> {
  const { budget = 2000, seed = 1, out = join("runs", "attacker"), json } = flags;
  const progress = progressOf(this, json);
  const { signal, env } = this;
  const trained = await trainAttacker({ target, folder: out, budget, seed, progress, signal, env });
  const attempts = await loadRecords(trained.attempts, attemptRecordSchema);
  const last = Math.max(...attempts.map(({ turn }) => turn));
  const shareIn = (round: number): number => {
    const own = attempts.filter(({ turn }) => turn === round);
    return own.filter(isSuccess).length / Math.max(1, own.length);
  };
  const { checkpoint } = trained;
  const summary = { checkpoint, attempts: attempts.length, first: shareIn(0), last: shareIn(last) };
  if (json) return printJson(this, summary);
  const percent = (share: number): string => (100 * share).toFixed(1);
  print(
    this,
    `${attempts.length} attacks; of the first round ${percent(summary.first)} % broke a rule, of the last ${percent(summary.last)} %`,
  );
  print(this, `next: precept redteam ${target} --strategy trained --attacker ${checkpoint}`);
}
