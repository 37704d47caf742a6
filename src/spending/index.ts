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
export { type Budget, readSpent, Spending, type Spent } from "./spending.ts";
export { estimateTokens, slackOf, type TokenCounter, tokenCounter } from "./token-count.ts";
