export * from "./compare.ts";
export * from "./find.ts";
export * from "./measured.ts";
export * from "./world.ts";
