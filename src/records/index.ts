export * from "./jsonl.ts";
export * from "./lineage.ts";
export * from "./prompt.ts";
export * from "./schemas.ts";
