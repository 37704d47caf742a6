import { dirname, resolve } from "node:path";
import {
  type Constitution,
  faultLines,
  loadConstitution,
  type PlacedFault,
  readYamlValue,
  type ValueFault,
} from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { contentHash, readText } from "../storage/index.ts";
import { type Policy, policySchema } from "./policy.ts";
import { readRules } from "./policy-rules.ts";
import type { Rule } from "./rules/rules-check.ts";

/** A fault of a policy file and where it stands. */
export type PolicyIssue = PlacedFault;

/** Thrown with every fault of a policy at once: a guard does not start on a policy that it cannot keep. */
export class PolicyInvalid extends PreceptError {
  readonly issues: readonly PolicyIssue[];

  constructor(file: string, issues: readonly PolicyIssue[]) {
    super("policy-invalid", {
      attempted: `Reading the policy ${file}`,
      found: faultLines(issues),
      expected: "rules and thresholds that each name a principle of the constitution, and that can be kept on a stream",
      remedy: "correct the lines named above",
    });
    this.name = "PolicyInvalid";
    this.issues = issues;
  }
}

/** A policy with its constitution and rules, ready to guard. */
export interface LoadedPolicy {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly constitution: Constitution;
  readonly rules: readonly Rule[];
  /** The folder that paths in the policy are relative to. */
  readonly folder: string;
}

/** Far above any policy. */
const LARGEST_FILE = 1_000_000;

/**
 * Reads guard.yaml and the constitution that it names, beside it. @throws PolicyInvalid with line and column of every fault;
 * ConstitutionInvalid; PreceptError usage, permission or input-invalid for files that cannot be read.
 */
export async function loadPolicy(file: string): Promise<LoadedPolicy> {
  const missing =
    "--policy FILE names another, --constitution FILE --critic MODEL does without one, and precept init --template support-bot writes one";
  const text = await readText(file, { attempted: `Reading the policy ${file}`, missing });
  return parsePolicy(text, { file, folder: dirname(resolve(file)) });
}

/** As `loadPolicy`, from the text itself. */
export async function parsePolicy(
  text: string,
  { file, folder }: { readonly file: string; readonly folder: string },
): Promise<LoadedPolicy> {
  const { value: policy, faults, place } = readYamlValue(text.slice(0, LARGEST_FILE), file, policySchema);
  const fail = (wrong: readonly ValueFault[]): never => {
    throw new PolicyInvalid(file, place(wrong));
  };
  if (text.length > LARGEST_FILE)
    return fail([{ path: [], message: `has ${text.length} characters; at most ${LARGEST_FILE} are read` }]);
  if (policy === undefined) throw new PolicyInvalid(file, faults);
  const constitution = await loadConstitution(constitutionPlace(policy.constitution, folder));
  const { rules, faults: wrong } = readRules(policy, constitution);
  if (wrong.length > 0) return fail(wrong);
  return { policy, policyHash: policyHash(policy), constitution, rules, folder };
}

/** SHA-256 of what a policy says, whatever its layout; the name of its audit file does not count. */
export function policyHash({ audit, constitution: _, ...policy }: Policy): string {
  return `sha256:${contentHash({ ...policy, audit: audit?.text })}`;
}

/** A bare name is a constitution that comes with Precept; a path is relative to the policy. */
function constitutionPlace(name: string, folder: string): string {
  return /^[a-z0-9][a-z0-9-]*$/.test(name) ? name : resolve(folder, name);
}
