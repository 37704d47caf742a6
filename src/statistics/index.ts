/** Every interval, test and effect size. */

export * from "./agreement.ts";
export * from "./auc.ts";
export * from "./bootstrap.ts";
export * from "./bradley-terry.ts";
export * from "./calibration.ts";
export * from "./clusters.ts";
export * from "./correlation.ts";
export * from "./distributions.ts";
export * from "./elo.ts";
export * from "./estimate.ts";
export * from "./evidence.ts";
export * from "./intervals.ts";
export * from "./multiple.ts";
export * from "./paired.ts";
export * from "./platt.ts";
export * from "./power.ts";
export * from "./proportions.ts";
export * from "./schemas.ts";
export * from "./unpaired.ts";
export * from "./verdict.ts";
