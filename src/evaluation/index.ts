export * from "./calibration.ts";
export * from "./chains.ts";
export * from "./evaluate.ts";
export * from "./roles.ts";
export * from "./statistics.ts";
export type { Outcome, Rate, Suite, SuiteItem } from "./suite.ts";
export * from "./summary.ts";
export * from "./text.ts";
