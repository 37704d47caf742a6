export * from "./arena.ts";
export * from "./records.ts";
export * from "./run.ts";
