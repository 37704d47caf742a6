import { dirname, resolve } from "node:path";
import {
  type Constitution,
  describeFault,
  formatPath,
  type Located,
  loadConstitution,
  type Path,
  type Position,
  readYaml,
} from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { contentHash, readText } from "../storage/index.ts";
import { type Policy, policySchema } from "./policy.ts";
import { type PolicyFault, readRules } from "./policy-rules.ts";
import type { Rule } from "./rules/rules-check.ts";

/** A fault of a policy file and where it stands. */
export interface PolicyIssue {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** Thrown with every fault of a policy at once: a guard does not start on a policy that it cannot keep. */
export class PolicyInvalid extends PreceptError {
  readonly issues: readonly PolicyIssue[];

  constructor(file: string, issues: readonly PolicyIssue[]) {
    const lines = issues.map(
      (issue) => `  ${issue.file}:${issue.line}:${issue.column} ${issue.path}: ${issue.message}`,
    );
    super("policy-invalid", {
      attempted: `Reading the policy ${file}`,
      found: [issues.length === 1 ? "1 fault" : `${issues.length} faults`, ...lines].join("\n"),
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
  const places = new Map<string, Position>();
  const fail = (faults: readonly PolicyFault[]): never => {
    const issues = faults.map(({ path, message }) => ({
      file,
      ...placeOf(places, path),
      path: formatPath(path),
      message,
    }));
    throw new PolicyInvalid(
      file,
      issues.sort((a, b) => a.line - b.line || a.column - b.column),
    );
  };
  if (text.length > LARGEST_FILE)
    return fail([{ path: [], message: `has ${text.length} characters; at most ${LARGEST_FILE} are read` }]);
  const { root, faults } = readYaml(text);
  const value = plainValue(root, [], places);
  if (faults.length > 0) {
    const issues = faults.map(({ fault, at }) => ({
      file,
      ...at,
      path: "the document",
      message: describeFault(fault),
    }));
    throw new PolicyInvalid(file, issues);
  }
  const parsed = policySchema.safeParse(value);
  if (!parsed.success) return fail(parsed.error.issues.flatMap(faultsOf));
  const policy = parsed.data;
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

interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
}

function faultsOf(issue: SchemaIssue): PolicyFault[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
  return (issue.keys ?? []).map((key) => ({ path: [...path, key], message: "a key that is not known here" }));
}

/** The place of a path, or of the nearest value around it. */
function placeOf(places: ReadonlyMap<string, Position>, path: Path): Position {
  for (let length = path.length; length >= 0; length--) {
    const place = places.get(formatPath(path.slice(0, length)));
    if (place !== undefined) return place;
  }
  return { line: 1, column: 1 };
}

function plainValue(node: Located, path: Path, places: Map<string, Position>): unknown {
  if (!places.has(formatPath(path))) places.set(formatPath(path), node.at);
  if (node.kind === "scalar") return node.value;
  if (node.kind === "unusable") return undefined;
  if (node.kind === "list") return node.items.map((item, index) => plainValue(item, [...path, index], places));
  return Object.fromEntries(
    node.entries.map(({ key, keyAt, value }) => {
      places.set(formatPath([...path, key]), keyAt);
      return [key, plainValue(value, [...path, key], places)];
    }),
  );
}
