import { PreceptError } from "../../errors.ts";
import {
  answersToTell,
  type BenchmarkSummary,
  breaksAny,
  breaksMetric,
  type CheckOutcome,
  directionsOf,
  type Gate,
  type GateResult,
  holdAgainstJudge,
  judgeGates,
  limitGate,
  type MeasuredSubject,
  readMeasuredSubject,
  type Standing,
  stakeMetric,
  wordOf,
} from "../../evaluation/index.ts";
import { findNearest } from "../../nearest.ts";
import { isEstimate } from "../../statistics/index.ts";
import type { ReadyCheck } from "./prepare.ts";

/** The key of the gate on all principles together. */
const allKey = "all";
const defaultLimit = 0.05;

export interface JudgePrinciplesOptions {
  readonly ready: Pick<ReadyCheck, "loaded" | "constitution">;
  readonly subject: MeasuredSubject;
  readonly summary: BenchmarkSummary;
  readonly standings: readonly Standing[];
}

/** A word for every principle, and the results of the configuration's gates. @throws PreceptError config-invalid. */
export async function judgePrinciples({ ready, subject, summary, standings }: JudgePrinciplesOptions): Promise<{
  readonly outcomes: readonly CheckOutcome[];
  readonly gates: readonly GateResult[];
}> {
  const { check = {} } = ready.loaded.config;
  refuseUnknownGates(ready);
  const ids = [undefined, ...ready.constitution.principles.map(({ id }) => id)];
  const trusted = check.uncertifiedJudge === "trust";
  const inputs = {
    subjects: [subject],
    baseline: (name: string) => readMeasuredSubject(name),
    directions: directionsOf(),
    matching: "id" as const,
  };
  const judge = async (gate: Gate, id: string | undefined): Promise<GateResult[]> => {
    const results = await judgeGates([gate], inputs);
    return results
      .map((result) => (result.n === 0 ? { ...result, why: "at stake in none of the answers" } : result))
      .map((result) => holdAgainstJudge(result, standingFor(id, standings), trusted));
  };
  const outcomes: CheckOutcome[] = [];
  const gates: GateResult[] = [];
  for (const id of ids) {
    const own = check.gates?.[id ?? allKey];
    const limit = own?.atMost ?? check.atMost ?? defaultLimit;
    const metric = id === undefined ? breaksAny : breaksMetric(id);
    const rate = summary.metrics[metric];
    const [result] = await judge(limitGate(`${id ?? allKey} at most ${limit}`, metric, limit), id);
    if (result === undefined) continue;
    outcomes.push({
      principleId: id,
      word: wordOf(result),
      limit,
      isGated: own !== undefined,
      why: result.why,
      rate,
      atStake: id === undefined ? undefined : summary.metrics[stakeMetric(id)],
      answersToTell:
        result.outcome === "not-enough-evidence" && isEstimate(rate) ? answersToTell(rate.estimate, limit) : undefined,
    });
    if (own?.atMost !== undefined) gates.push(result);
    if (own?.baseline !== undefined) {
      const name = `${id ?? allKey} no worse than ${own.baseline} by ${own.margin}`;
      const { baseline, margin } = own;
      gates.push(...(await judge({ name, metric, group: {}, baseline, margin, better: "lower" }, id)));
    }
  }
  return { outcomes, gates };
}

/** Of a principle's own judge; for all together that of the judge about whom least is known. */
function standingFor(id: string | undefined, standings: readonly Standing[]): Standing | undefined {
  if (id !== undefined) return standings.find(({ judge }) => judge.name === `principle-${id}`);
  return standings.find(({ state }) => state !== "valid") ?? standings[0];
}

function refuseUnknownGates({ constitution, loaded }: JudgePrinciplesOptions["ready"]): void {
  const known = [allKey, ...constitution.principles.map(({ id }) => id)];
  const unknown = Object.keys(loaded.config.check?.gates ?? {}).filter((name) => !known.includes(name));
  const [first] = unknown;
  if (first === undefined) return;
  const [near] = findNearest(first, known, 1);
  throw new PreceptError("config-invalid", {
    attempted: `Reading check.gates in ${loaded.path}`,
    found: `${unknown.join(", ")}: no principle of ${constitution.name}${near === undefined ? "" : `; did you mean ${near}?`}`,
    expected: `a principle's id, or ${allKey}: ${known.slice(1).join(", ")}`,
  });
}
