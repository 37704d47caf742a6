import { isSupportedCountry } from "libphonenumber-js/min";
import {
  type Constitution,
  constitutionHash,
  type Path,
  type Principle,
  type ValueFault,
} from "../constitution/index.ts";
import { findNearest } from "../nearest.ts";
import { priceOf } from "../spending/index.ts";
import { ANY } from "./heads/head-file.ts";
import { modeOf, type Policy, type PolicyRule, thresholdsOf } from "./policy.ts";
import { principleHash } from "./principle-hash.ts";
import type { SpanMatcher } from "./rules/matcher.ts";
import { foldText } from "./rules/normalise.ts";
import { compilePattern, PatternFault } from "./rules/patterns.ts";
import { piiMatcher } from "./rules/pii.ts";
import type { Rule } from "./rules/rules-check.ts";
import { secretMatchers } from "./rules/secrets.ts";
import { isOfInput } from "./stage.ts";

/** The rules of a policy, compiled, and everything that keeps it from being kept under this constitution. */
export function readRules(
  policy: Policy,
  constitution: Constitution,
): { readonly rules: readonly Rule[]; readonly faults: readonly ValueFault[] } {
  const faults: ValueFault[] = [];
  const hash = constitutionHash(constitution);
  if (policy.constitutionHash !== undefined && policy.constitutionHash !== hash) {
    faults.push({ path: ["constitutionHash"], message: `the constitution ${constitution.name} has the hash ${hash}` });
  }
  const principles = new Map(constitution.principles.map((principle) => [principle.id, principle]));
  const describeUnknown = (id: string): string => {
    const close = findNearest(id, [...principles.keys()], 1);
    return `the constitution ${constitution.name} has no principle ${id}${close.length === 0 ? "" : `; did you mean ${close.join(" or ")}?`}`;
  };
  for (const [id, { act, pass, input, mode, say }] of Object.entries(policy.principles)) {
    if (id === ANY && (mode ?? say) !== undefined) {
      const message = "the head of any principle has thresholds; mode and say are those of the principle that it names";
      faults.push({ path: ["principles", id], message });
    }
    if (id !== ANY && !principles.has(id)) faults.push({ path: ["principles", id], message: describeUnknown(id) });
    if (pass > act) faults.push({ path: ["principles", id, "pass"], message: `pass ${pass} is above act ${act}` });
    if (input !== undefined && input.pass > input.act) {
      const message = `pass ${input.pass} is above act ${input.act}`;
      faults.push({ path: ["principles", id, "input", "pass"], message });
    }
  }
  faults.push(...faultsOfModes(policy));
  const seen = new Map<string, number>();
  const rules = policy.rules.flatMap((rule, index) => {
    const path = ["rules", index] as const;
    const first = seen.get(rule.id);
    if (first !== undefined)
      faults.push({ path: [...path, "id"], message: `rule ${first + 1} has the id ${rule.id} too` });
    else seen.set(rule.id, index);
    const principle = principles.get(rule.principle);
    if (principle === undefined) {
      faults.push({ path: [...path, "principle"], message: describeUnknown(rule.principle) });
      return [];
    }
    if (rule.restore === true) faults.push(...faultsOfRestore(rule, path));
    const { act } = thresholdsOf(policy, rule.principle);
    return matchersOf(rule, path, faults).map(({ id, matchers }) =>
      compileRule({ ...rule, id }, principle, act, matchers),
    );
  });
  return { rules, faults };
}

function compileRule(
  rule: PolicyRule,
  principle: Principle,
  threshold: number,
  matchers: readonly SpanMatcher[],
): Rule {
  const { id, score, stage } = rule;
  const stages = typeof stage === "string" ? [stage] : stage;
  return { id, principleId: principle.id, principleHash: principleHash(principle), stages, score, threshold, matchers };
}

interface NamedMatchers {
  /** The rule's id; for data about persons with the kind behind a dot. */
  readonly id: string;
  readonly matchers: readonly SpanMatcher[];
}

function matchersOf(rule: PolicyRule, path: Path, faults: ValueFault[]): readonly NamedMatchers[] {
  const { id } = rule;
  if (rule.kind === "secrets") return [{ id, matchers: secretMatchers() }];
  if (rule.kind === "pii") {
    const { country, kinds } = rule;
    if (country === undefined || isSupportedCountry(country)) {
      return kinds.map((kind) => ({ id: `${id}.${kind}`, matchers: [piiMatcher(kind, country)] }));
    }
    faults.push({ path: [...path, "country"], message: `${country} is no country with phone numbers` });
    return [];
  }
  try {
    const { pattern, maxLength } = rule;
    const options = { ignoreCase: rule.flags === "i", maxLength };
    // What reads the same breaks the same: "café" finds "cafe" too. A class of characters is left as it is written.
    const folded = /[[\\]/.test(pattern) ? pattern : foldText(pattern).text;
    return [{ id, matchers: [...new Set([pattern, folded])].map((source) => compilePattern(source, options)) }];
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    const at = error.at === undefined ? "" : ` (character ${error.at + 1} of the pattern)`;
    faults.push({ path: [...path, "pattern"], message: `${error.message}${at}` });
    return [];
  }
}

function faultsOfRestore({ action, stage }: PolicyRule, path: Path): ValueFault[] {
  const at = [...path, "restore"];
  if (action !== "mask") return [{ path: at, message: "only what is masked can be restored: give action: mask" }];
  if ([stage].flat().some(isOfInput)) return [];
  return [{ path: at, message: "only masks of input can be restored: give stage: input, or tool-result" }];
}

/** A mode that needs what the policy does not have is refused here, and not at the first request. */
function faultsOfModes(policy: Policy): ValueFault[] {
  const faults: ValueFault[] = [];
  const modes = [
    { path: ["mode"] as Path, mode: policy.mode },
    ...Object.keys(policy.principles).map((id) => ({ path: ["principles", id, "mode"], mode: modeOf(policy, id) })),
  ];
  for (const { path, mode } of modes) {
    if (mode === "revise" && policy.checks.critic === undefined) {
      faults.push({ path, message: "revise needs a model that criticises and rewrites: give checks.critic.model" });
    }
    if (mode === "route" && policy.route === undefined)
      faults.push({ path, message: "route needs route.or, and may have route.to" });
  }
  const has = (wanted: string): boolean => modes.some(({ mode }) => mode === wanted);
  if (policy.stream === "mend" && (!has("revise") || has("route") || policy.checks.critic?.when === "always")) {
    const message = "mend is for mode: revise, without route, and without a critic that reads every answer to its end";
    faults.push({ path: ["stream"], message });
  }
  const { critic, input, output } = policy.checks;
  if (
    policy.limits.costPerDay !== undefined &&
    critic !== undefined &&
    priceOf(critic.model, policy.prices) === undefined
  ) {
    const message = `no price is known for ${critic.model}: give prices: { "${critic.model}": { input: …, output: … } }, dollars per million tokens`;
    faults.push({ path: ["limits", "costPerDay"], message });
  }
  if (policy.rules.length === 0 && critic?.when !== "always" && input === undefined && output === undefined) {
    const message =
      "nothing is checked: give rules, checks.output with a guard model, or checks.critic with when: always";
    faults.push({ path: ["rules"], message });
  }
  for (const [index, rule] of policy.rules.entries()) {
    const stage = [rule.stage].flat().every((one) => one === "input") ? "input" : "output";
    const { act, pass } = thresholdsOf(policy, rule.principle, stage);
    if (rule.score >= pass && rule.score < act && policy.checks.critic === undefined) {
      faults.push({
        path: ["rules", index, "score"],
        message: `a score of ${rule.score} below act ${act} is for the critic to decide: give checks.critic.model`,
      });
    }
  }
  return faults;
}
