export * from "./gate-reports.ts";
export * from "./gates.ts";
export * from "./judge-gates.ts";
export * from "./measure-items.ts";
