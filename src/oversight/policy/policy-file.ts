import { faultLines, type PlacedFault, readYamlValue, type ValueFault } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { findNearest } from "../../nearest.ts";
import { contentHash, readText } from "../../storage/index.ts";
import { type PolicyLevel, type ScalingPolicy, scalingPolicySchema } from "./policy.ts";

/** Thrown with every fault of a scaling policy at once: nothing is judged by half a policy. */
export class ScalingPolicyInvalid extends PreceptError {
  readonly issues: readonly PlacedFault[];

  constructor(file: string, issues: readonly PlacedFault[]) {
    super("policy-invalid", {
      attempted: `Reading the scaling policy ${file}`,
      found: faultLines(issues),
      expected: "measures by name, and levels whose thresholds each name one of them",
      remedy: "correct the lines named above",
    });
    this.name = "ScalingPolicyInvalid";
    this.issues = issues;
  }
}

export interface LoadedScalingPolicy {
  readonly policy: ScalingPolicy;
  readonly hash: string;
  readonly file: string;
}

/** Reads scaling-policy.yaml. @throws ScalingPolicyInvalid with every fault; PreceptError usage or permission. */
export async function loadScalingPolicy(file: string): Promise<LoadedScalingPolicy> {
  const text = await readText(file, { attempted: `Reading the scaling policy ${file}` });
  return parseScalingPolicy(text, file);
}

/** As `loadScalingPolicy`, from the text itself. @throws ScalingPolicyInvalid. */
export function parseScalingPolicy(text: string, file: string): LoadedScalingPolicy {
  const { value: policy, faults, place } = readYamlValue(text, file, scalingPolicySchema);
  if (policy === undefined) throw new ScalingPolicyInvalid(file, faults);
  const wrong = faultsOf(policy);
  if (wrong.length > 0) throw new ScalingPolicyInvalid(file, place(wrong));
  return { policy, hash: scalingPolicyHash(policy), file };
}

/** SHA-256 of what a policy says, whatever its layout and comments; words for people count, since they were fixed in advance too. */
export function scalingPolicyHash(policy: ScalingPolicy): string {
  return `sha256:${contentHash({ format: 1, ...policy })}`;
}

/** What one part of the policy says of another that is not there. */
function faultsOf({ measures, levels }: ScalingPolicy): ValueFault[] {
  const ids = levels.map((one) => one.id);
  return levels.flatMap((level, index) => {
    const at = ["levels", index] as const;
    const names = Object.keys(level.thresholds);
    const faults: ValueFault[] = names
      .filter((name) => !Object.hasOwn(measures, name))
      .map((name) => ({
        path: [...at, "thresholds", name],
        message: `a threshold without a measure: ${near(name, Object.keys(measures), "measures has")}`,
      }));
    if (names.length === 0)
      faults.push({ path: [...at], message: `the level ${level.id} has no threshold: nothing could reach it` });
    if (ids.indexOf(level.id) < index) faults.push({ path: [...at, "id"], message: `a second level ${level.id}` });
    if (level.above !== undefined && !ids.includes(level.above))
      faults.push({
        path: [...at, "above"],
        message: `no level ${level.above}: ${near(level.above, ids, "levels has")}`,
      });
    const circle = circleFrom(level, levels);
    if (circle !== undefined && circle[0] === level.id)
      faults.push({ path: [...at, "above"], message: `levels in a circle: ${[...circle, level.id].join(" above ")}` });
    return faults;
  });
}

function near(name: string, known: readonly string[], has: string): string {
  const [nearest] = findNearest(name, known, 1);
  return nearest === undefined ? `${has} ${known.join(", ") || "nothing"}` : `did you mean ${nearest}?`;
}

/** The circle that a level stands in, from the first of its members in the file's order. */
function circleFrom(start: PolicyLevel, levels: readonly PolicyLevel[]): string[] | undefined {
  const path = [start.id];
  for (let next = start.above; next !== undefined; ) {
    if (next === start.id) {
      const order = levels.map(({ id }) => id).filter((id) => path.includes(id));
      return order[0] === start.id ? path : order;
    }
    if (path.includes(next)) return undefined;
    path.push(next);
    const id = next;
    next = levels.find((level) => level.id === id)?.above;
  }
  return undefined;
}

/** A level and those that it builds on, the highest first. */
export function levelsBelow(level: PolicyLevel, levels: readonly PolicyLevel[]): PolicyLevel[] {
  const below = levels.find(({ id }) => id === level.above);
  return below === undefined ? [level] : [level, ...levelsBelow(below, levels)];
}
