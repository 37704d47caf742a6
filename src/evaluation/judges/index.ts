export * from "./breach.ts";
export * from "./comparison.ts";
export * from "./judge.ts";
export {
  judgeTokens,
  judgeTurns,
  type ModelJudgeOptions,
  modelJudge,
  requestText,
  verdictTokens,
} from "./model-judge.ts";
export * from "./reading.ts";
export { complianceByStrings } from "./refusal-strings.ts";
export * from "./rubrics.ts";
export * from "./string-judge.ts";
