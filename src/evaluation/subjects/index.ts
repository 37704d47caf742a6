export * from "./compare.ts";
export * from "./find.ts";
export * from "./measured.ts";
export * from "./open-within.ts";
export * from "./world.ts";
