/** The constitution at run time: a guard before and behind any model, that names the principle of everything that it does. */

export { type GuardMiddlewareOptions, guard } from "./adapters/ai-sdk.ts";
export { guardRoute } from "./adapters/hono.ts";
export { guardedModel } from "./adapters/language-model.ts";
export { type GuardProxy, type ProxyOptions, proxyApp, startProxy } from "./adapters/proxy.ts";
export { type Upstream, urlUpstream } from "./adapters/upstream.ts";
export { type AuditLog, type GuardEvent, type GuardObserved, guardEventSchema, openAudit } from "./audit.ts";
export type { Drift, DriftBin, DriftPart, PrincipleDrift } from "./audit-drift.ts";
export * from "./audit-summary.ts";
export { type AuditReport, verifyAudit } from "./audit-verify.ts";
export type { Check, CheckSession, Finding } from "./check.ts";
export { type Action, type Decision, decide, type Status, type Verdict } from "./decide.ts";
export type { Exchange, Turn } from "./exchange.ts";
export { createGuard, type Guard, type GuardOptions } from "./guard.ts";
export type { EarlyVerdict, GuardedExchange, InputVerdict, ToolCall } from "./guarded-exchange.ts";
export * from "./heads/index.ts";
export type { Latency } from "./latency-sketch.ts";
export { type OpenGuardOptions, openConstitutionGuard, openGuard } from "./open-guard.ts";
export { MODES, type Mode, type Policy, type PolicyInput, type PolicyRule, policySchema } from "./policy.ts";
export {
  type LoadedPolicy,
  loadPolicy,
  PolicyInvalid,
  type PolicyIssue,
  parsePolicy,
  policyHash,
} from "./policy-file.ts";
export { principleHash } from "./principle-hash.ts";
export { type Rule, rulesCheck } from "./rules/rules-check.ts";
export { STAGES, type Stage } from "./stage.ts";
export { HeldText, type HoldOptions, type Piece, type Stop } from "./stream.ts";
export type { GuardedEnd, GuardedText } from "./text-guard.ts";
