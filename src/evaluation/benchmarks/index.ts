export { behaviourJudge } from "./behaviour-judge.ts";
export { papJudge } from "./pap.ts";
export * from "./registry.ts";
