import { PreceptError } from "../../errors.ts";
import { type Estimate, expectedHalfWidth, nonInferiority } from "../../statistics/index.ts";
import { compareSubjects, type Direction } from "../compare/compare.ts";
import type { Matching, MeasuredItem, MeasuredSubject } from "../compare/pairs.ts";
import type { Gate } from "./gates.ts";
import { measureItems } from "./measure-items.ts";

export type GateOutcome = "pass" | "regression" | "not-enough-evidence";

export interface GateResult {
  readonly name: string;
  readonly gate: Gate;
  readonly outcome: GateOutcome;
  /** The metric, or candidate minus baseline; null where there is none. */
  readonly interval: Estimate | null;
  /** Items, and among them those without a verdict. */
  readonly n: number;
  readonly undetermined: number;
  /** Why, in words. */
  readonly why: string;
}

export interface GateInputs {
  /** What was measured of what is gated; a gate's `checkpoint` is the end of a subject's name after "@". */
  readonly subjects: readonly MeasuredSubject[];
  /** What a gate's `baseline` names. */
  readonly baseline: (name: string) => Promise<MeasuredSubject>;
  readonly directions: (metric: string) => Direction;
  readonly matching?: Matching;
}

/**
 * Every gate: "pass" when the interval lies wholly on the right side of the limit or margin, "regression" when wholly on the
 * wrong one, else "not-enough-evidence". Answers without a verdict count against either claim.
 */
export async function judgeGates(gates: readonly Gate[], inputs: GateInputs): Promise<GateResult[]> {
  if (gates.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: "Judging gates",
      found: "no gates",
      expected: "one gate or more: an empty set proves nothing",
    });
  }
  const results: GateResult[] = [];
  for (const gate of gates) {
    const base = { name: gate.name ?? nameOf(gate), gate };
    const subject = findGated(gate, inputs.subjects);
    const items = subject?.items.filter((item) => belongs(item, gate) && item.values[gate.metric] !== undefined) ?? [];
    if (subject === undefined || items.length === 0) {
      const why =
        subject === undefined
          ? `${gate.checkpoint ?? "nothing"} was not measured`
          : "no item has this metric in this group";
      results.push({ ...base, outcome: "not-enough-evidence", interval: null, n: 0, undetermined: 0, why });
    } else if (gate.baseline === undefined) results.push({ ...base, ...againstLimit(gate, items) });
    else results.push({ ...base, ...(await againstBaseline(gate, subject, inputs)) });
  }
  return results;
}

/** 3 with a regression, else 4 where evidence is missing, else 0; design section 8. */
export function gateExitCode(results: readonly Pick<GateResult, "outcome">[]): 0 | 3 | 4 {
  if (results.some(({ outcome }) => outcome === "regression")) return 3;
  return results.length > 0 && results.every(({ outcome }) => outcome === "pass") ? 0 : 4;
}

/**
 * For tests: returns when every gate passes.
 * @throws PreceptError gate-tripped for a regression, not-enough-evidence where the data do not say, naming each.
 */
export function assertGates(results: readonly GateResult[]): void {
  const code = gateExitCode(results);
  if (code === 0) return;
  const failed = results.filter(({ outcome }) => outcome !== "pass");
  throw new PreceptError(code === 3 ? "gate-tripped" : "not-enough-evidence", {
    attempted: "Passing the gates",
    found:
      failed.length === 0
        ? "no gates"
        : failed.map(({ name, outcome, why }) => `${name}: ${outcome}, ${why}`).join("\n"),
    expected: "every gate to pass",
  });
}

type Judged = Omit<GateResult, "name" | "gate">;

function nameOf({ metric, group, checkpoint, max, min, baseline, margin }: Gate): string {
  const limit =
    max !== undefined ? `≤ ${max}` : min !== undefined ? `≥ ${min}` : `no worse than ${baseline} by ${margin}`;
  return [checkpoint, ...Object.values(group), `${metric} ${limit}`].filter((part) => part !== undefined).join(", ");
}

function findGated({ checkpoint }: Gate, subjects: readonly MeasuredSubject[]): MeasuredSubject | undefined {
  if (checkpoint === undefined) return subjects.at(-1);
  return subjects.find(({ name }) => name === checkpoint || name.endsWith(`@${checkpoint}`));
}

function belongs(item: MeasuredItem, { group }: Gate): boolean {
  return Object.entries(group).every(([key, value]) => item.groups[key] === value);
}

function againstLimit(gate: Gate, items: readonly MeasuredItem[]): Judged {
  const isMax = gate.max !== undefined;
  const limit = gate.max ?? gate.min ?? 0;
  const { interval, why, isRate, n, undetermined } = measureItems(items, gate.metric);
  const counts = { n, undetermined };
  if (interval === undefined || why !== "") {
    return { ...counts, outcome: "not-enough-evidence", interval: interval ?? null, why };
  }
  const isGood = isMax ? interval.high <= limit : interval.low >= limit;
  const isBad = isMax ? interval.low > limit : interval.high < limit;
  const shown = `${show(interval)} against ${isMax ? "at most" : "at least"} ${limit}`;
  if (isGood || isBad) return { ...counts, outcome: isGood ? "pass" : "regression", interval, why: shown };
  const half = expectedHalfWidth(n);
  const more =
    undetermined > 0
      ? `; ${undetermined} without a verdict widen it`
      : isRate
        ? `; ${n} items give ±${half.toFixed(3)} at most`
        : "";
  return { ...counts, outcome: "not-enough-evidence", interval, why: `${shown}: the interval holds the limit${more}` };
}

async function againstBaseline(
  gate: Gate,
  subject: MeasuredSubject,
  { baseline, directions, matching = "same" }: GateInputs,
): Promise<Judged> {
  const better = gate.better ?? directions(gate.metric);
  if (better === "neither") {
    throw new PreceptError("input-invalid", {
      attempted: `Judging the gate on ${gate.metric}`,
      found: "a metric that does not say which way is good",
      expected: "better: higher, or better: lower",
    });
  }
  const other = await baseline(gate.baseline ?? "");
  // A metric that applies to some answers only is compared where it applies on both sides; the prompts must match whole.
  const isolate = ({ name, items }: MeasuredSubject): MeasuredSubject => ({
    name,
    items: items.flatMap((item) => {
      const value = item.values[gate.metric];
      return belongs(item, gate) ? [{ ...item, values: value === undefined ? {} : { [gate.metric]: value } }] : [];
    }),
  });
  const [row] = compareSubjects(isolate(other), isolate(subject), { matching, by: [], directions: () => better }).rows;
  if (row?.difference == null) {
    return {
      outcome: "not-enough-evidence",
      interval: null,
      n: row?.n ?? 0,
      undetermined: row?.undetermined ?? 0,
      why: row?.note ?? "nothing to compare",
    };
  }
  const { difference, n, undetermined, nToTell } = row;
  const counts = { n: n + undetermined, undetermined, interval: difference };
  // A missing verdict may hide a change of one whole item in either direction.
  const hidden = undetermined / (n + undetermined);
  const widened = { low: difference.low - hidden, high: difference.high + hidden };
  const verdict = nonInferiority(widened, gate.margin ?? 0, better === "higher");
  const shown = `${show(difference)} against a margin of ${gate.margin}`;
  if (verdict === "non-inferior") return { ...counts, outcome: "pass", why: shown };
  if (verdict === "inferior") return { ...counts, outcome: "regression", why: shown };
  const more = nToTell === null ? "" : `; about ${nToTell} prompts would tell a difference of this size`;
  return { ...counts, outcome: "not-enough-evidence", why: `${shown}: the interval holds the margin${more}` };
}

function show({ estimate, low, high }: Estimate): string {
  return `${estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}
