/** Charts as data, for the pages of the viewer and the report: nothing here imports a module of Node's. */

export * from "./axes.ts";
export * from "./differences.ts";
export * from "./found-page.ts";
export * from "./histogram.ts";
export * from "./intervals.ts";
export * from "./lines.ts";
export * from "./opinion-map.ts";
export * from "./orders.ts";
export * from "./over-time.ts";
export * from "./panels.ts";
export * from "./scaling-curve.ts";
export * from "./svg.ts";
export * from "./two-sided.ts";
