export { bbqMeasures } from "./bbq-score.ts";
export { behaviourJudge } from "./behaviour-judge.ts";
export { papJudge } from "./pap.ts";
export * from "./prepare.ts";
export * from "./registry.ts";
export * from "./run-all.ts";
export {
  aboutPath,
  hashSuite,
  isSuiteFile,
  labelsInWords,
  readAboutSuite,
  spotCheckSchema,
  suiteNameSchema,
  type WrittenSuite,
  writtenSuite,
  writtenSuiteSchema,
} from "./written-suite.ts";
