/** A scaling policy: capability thresholds fixed in advance, and a chain of decision records. A checker, no more. */

export type { Decision, DecisionContent } from "./decisions.ts";
export { addDecision, lastOf, readDecisions, takeDecisions } from "./decisions.ts";
export {
  type Elicitation,
  elicitationName,
  elicitationsOf,
  type FineTune,
  faultOf,
  type JudgedCheckpoint,
  type SuiteEvidence,
  shortHash,
  unasked,
} from "./evidence.ts";
export {
  type EvidencePlace,
  type JudgedElicitation,
  type JudgedLevel,
  type JudgedMeasure,
  type JudgedPolicy,
  type JudgedSafeguard,
  judgePolicy,
  type PolicyOutcome,
  policyExitCode,
} from "./judge-policy.ts";
export { lintScalingPolicy } from "./lint.ts";
export {
  isScalingPolicy,
  type PolicyLevel,
  type PolicyMeasure,
  type SafeguardSuite,
  type ScalingPolicy,
  scalingPolicyJsonSchema,
} from "./policy.ts";
export {
  type LoadedScalingPolicy,
  loadScalingPolicy,
  parseScalingPolicy,
  ScalingPolicyInvalid,
  scalingPolicyHash,
} from "./policy-file.ts";
