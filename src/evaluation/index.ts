/** Benchmarks, judges and how far they can be trusted, the arena, comparisons and gates. */

export * from "./arena/index.ts";
export * from "./benchmark/index.ts";
export * from "./benchmarks/index.ts";
export * from "./certificates/index.ts";
export * from "./chains.ts";
export * from "./check/index.ts";
export * from "./compare/index.ts";
export * from "./contrast-summary.ts";
export * from "./gates/index.ts";
export * from "./judges/index.ts";
export * from "./records.ts";
export * from "./roles.ts";
export * from "./subjects/index.ts";
export * from "./summary.ts";
export * from "./text.ts";
