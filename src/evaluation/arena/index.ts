export * from "./arena.ts";
export * from "./hold.ts";
export * from "./records.ts";
export * from "./run.ts";
