export * from "./compare.ts";
export * from "./comparison-schema.ts";
export * from "./markdown.ts";
export * from "./pairs.ts";
export * from "./run-items.ts";
