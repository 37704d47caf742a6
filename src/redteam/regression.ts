import type { Progress } from "../progress/index.ts";
import { toResult } from "./minimise.ts";
import type { AttemptRecord, FindingRecord } from "./records.ts";
import { type Range, type Shot, send } from "./send.ts";

/** Whether a finding comes back: more than half of its graded samples break the principle. */
export interface RegressionResult {
  readonly id: string;
  readonly principleId: string;
  readonly technique: string;
  readonly broken: number;
  /** Samples with a grade. */
  readonly graded: number;
  readonly of: number;
  /** Null: no sample could be graded. */
  readonly isBack: boolean | null;
}

const atOnce = 64;

/** Asks earlier findings again. @throws PreceptError unknown-principle; what the models throw. */
export async function testRegressions(
  findings: readonly FindingRecord[],
  range: Range,
  samples: number,
  progress: Progress,
): Promise<RegressionResult[]> {
  const shots = findings.flatMap(({ id, principleId, goalId, behaviour, messages, prefill, technique }) =>
    Array.from({ length: samples }, (_, turn): Shot => {
      const goal = { id: goalId, principleId, behaviour };
      const attempt = { messages, prefill: prefill ?? undefined, technique, parents: [id] };
      return { id: `regression/${id}/${turn}`, strategy: "regression", turn, goal, attempt };
    }),
  );
  progress.start("gate", range.target, shots.length, "requests");
  const records: AttemptRecord[] = [];
  for (let start = 0; start < shots.length; start += atOnce) {
    const batch = shots.slice(start, start + atOnce);
    records.push(...(await send(batch, range)));
    progress.advance(batch.length);
  }
  progress.finish();
  return findings.map(({ id, principleId, technique }, index): RegressionResult => {
    const own = records.slice(index * samples, (index + 1) * samples);
    const graded = own.filter(({ grade }) => grade !== null);
    const { broken, isBroken } = toResult(graded);
    return {
      id,
      principleId,
      technique,
      broken,
      graded: graded.length,
      of: own.length,
      isBack: graded.length === 0 ? null : isBroken,
    };
  });
}
