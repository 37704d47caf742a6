/** What keeps a model in view where nobody can check each answer by hand. */

export * from "./card/index.ts";
export * from "./critique/index.ts";
export * from "./debate/index.ts";
export { decisionsOf, hasOversight, type OversightFound, readOversight } from "./findings.ts";
export * from "./organisms/index.ts";
export * from "./policy/index.ts";
export * from "./process/index.ts";
export * from "./scaling/index.ts";
export * from "./suites/index.ts";
