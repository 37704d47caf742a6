export { budgeted } from "./budgeted-model.ts";
export { type KnownPrice, type Price, priceOf, pricesAsOf } from "./prices.ts";
export { type Budget, Spending, type Spent } from "./spending.ts";
export { constant, type Range, type RolePlan, scaled, sum, totalOf, Work, zero } from "./work.ts";
