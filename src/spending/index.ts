/** Prices, budgets, and plans of what a run will take. */

export { withBudget } from "./budgeted-model.ts";
export { pricesByRole, refuseUnpriced } from "./limit.ts";
export {
  addRanges,
  choiceCallsOf,
  exactly,
  multiplyRanges,
  noRange,
  type Plan,
  type Range,
  type RolePlan,
  scaleRange,
  totalOf,
  unprobed,
  Work,
} from "./plan.ts";
export { keepPlan, readPlan } from "./plan-file.ts";
export { type KnownPrice, type Price, priceOf, pricesAsOf } from "./prices.ts";
export { calibrateThroughput, type MeasuredRun, type MeasuredTraining } from "./sizing/calibrate.ts";
export type { Choke } from "./sizing/chokes.ts";
export type { Cluster, SizedModel, SizedPart, SizedTotal } from "./sizing/size-work.ts";
export { type Sizing, sizePipeline } from "./sizing/sizing.ts";
export { parseGpus, readThroughput, type Throughput, throughputSchema, usualThroughput } from "./sizing/throughput.ts";
export { paperWorkload, type WorkCounts, type Workload, type WorkPart, workPart } from "./sizing/workload.ts";
export { type Budget, readSpent, Spending, type Spent } from "./spending.ts";
export { estimateTokens, slackOf, type TokenCounter, tokenCounter } from "./token-count.ts";
