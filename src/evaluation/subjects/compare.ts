import { PreceptError } from "../../errors.ts";
import { type Comparison, compareSubjects, type Matching, type MeasuredSubject } from "../compare/index.ts";
import { type Gate, type GateResult, judgeGates } from "../gates/index.ts";
import { directionsOf, readMeasuredSubject, readMeasuredSubjects } from "./measured.ts";
import type { EmbeddedWorld } from "./world.ts";

export interface CompareMeasuredOptions {
  /** Each "RUN", "RUN@CHECKPOINT" or a folder of benchmark results. */
  readonly names: readonly string[];
  /** Default: the first of `names`. */
  readonly baseline?: string | undefined;
  readonly matching: Matching;
  /** Groups to cut by; default benchmark and split. */
  readonly by?: readonly string[] | undefined;
  /** Only these. */
  readonly metrics?: readonly string[] | undefined;
  readonly worlds?: readonly EmbeddedWorld[];
}

/** A comparison, and what a person named for its two sides. */
export interface MeasuredComparison extends Comparison {
  readonly from: readonly [baseline: string, candidate: string];
}

/**
 * Everything that was measured against the baseline, on the same prompts.
 * @throws PreceptError usage for fewer than two subjects, an unknown metric or an unknown group; as `readMeasuredSubject` and `compareSubjects`.
 */
export async function compareMeasured(options: CompareMeasuredOptions): Promise<MeasuredComparison[]> {
  const { names, matching, by = ["benchmark", "split"], metrics, worlds = [] } = options;
  const baselineName = options.baseline ?? names[0];
  const candidates = options.baseline === undefined ? names.slice(1) : names.filter((name) => name !== baselineName);
  if (baselineName === undefined || candidates.length === 0) {
    throw new PreceptError("usage", {
      attempted: "Comparing",
      found: names.length === 0 ? "nothing" : `${names.join(", ")} alone`,
      expected: "two subjects: the baseline first, or --baseline",
      remedy: "precept compare RUN@sl-cai RUN@rl-cai",
    });
  }
  const read = async (name: string) => withMetrics(await readMeasuredSubject(name), metrics);
  const baseline = await read(baselineName);
  if (options.by !== undefined) refuseUnknownGroups(baseline, options.by);
  const directions = directionsOf(worlds);
  const comparisons: MeasuredComparison[] = [];
  for (const name of candidates) {
    const comparison = compareSubjects(baseline, await read(name), { matching, by, directions });
    comparisons.push({ ...comparison, from: [baselineName, name] });
  }
  return comparisons;
}

function refuseUnknownGroups({ name, items }: MeasuredSubject, by: readonly string[]): void {
  const known = new Set(items.flatMap(({ groups }) => Object.keys(groups)));
  const missing = by.find((key) => !known.has(key));
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Grouping the answers of ${name}`,
    found: `none has a ${missing === "" ? "group without a name" : missing}`,
    expected: known.size === 0 ? "no --by: these answers have no groups" : `some of ${[...known].join(", ")}`,
  });
}

/** A subject with the metrics that were asked for. */
function withMetrics(subject: MeasuredSubject, wanted: readonly string[] | undefined): MeasuredSubject {
  if (wanted === undefined) return subject;
  const known = new Set(subject.items.flatMap(({ values }) => Object.keys(values)));
  const missing = wanted.find((metric) => !known.has(metric));
  if (missing !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Reading ${subject.name}`,
      found: `no metric ${missing}`,
      expected: `some of ${[...known].join(", ")}`,
    });
  }
  const items = subject.items.map((item) => ({
    ...item,
    values: Object.fromEntries(Object.entries(item.values).filter(([metric]) => wanted.includes(metric))),
  }));
  return { ...subject, items };
}

/** Gates over what was measured at a path: a run, or a folder of benchmark results. @throws PreceptError as `judgeGates`. */
export async function judgeGatesAt(
  gates: readonly Gate[],
  path: string,
  worlds: readonly EmbeddedWorld[] = [],
): Promise<GateResult[]> {
  const { subjects } = await readMeasuredSubjects(path);
  const baseline = (name: string): Promise<MeasuredSubject> => readMeasuredSubject(name);
  return judgeGates(gates, { subjects, baseline, directions: directionsOf(worlds) });
}
