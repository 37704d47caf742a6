/** Attacks on a model under a constitution: strategies, graded outcomes, figures with intervals, findings for training and for gates. */

export { type CampaignOptions, runCampaign } from "./campaign.ts";
export { type Delivery, deliver } from "./delivery.ts";
export { type AnswerToLabel, answersToLabel, type FindingPrompt, type SplitFindings, splitFindings } from "./export.ts";
export { attackText, type Cluster, clusterFindings } from "./findings.ts";
export { readGoals, writeGoals } from "./goals.ts";
export { breachGrader, criticGrader, type Grade, type Graded, type Grader } from "./grader.ts";
export * from "./grid.ts";
export { judgeRates } from "./judge-rates.ts";
export { type AttackLanguage, prose } from "./language.ts";
export * from "./metrics.ts";
export { type FoundPhrase, type PhraseSearch, searchPhrases, strongestByLength } from "./phrases.ts";
export {
  type AttemptRecord,
  attemptRecordSchema,
  type CellRecord,
  type FindingRecord,
  findingRecordSchema,
  type GoalRecord,
  type WriteRecord,
  writeRecordSchema,
} from "./records.ts";
export { type RegressionResult, testRegressions } from "./regression.ts";
export {
  defaultRedteamOptions,
  type RedteamJob,
  type RedteamOptions,
  readAttempts,
  readFindings,
  readRunGoals,
  redteamFile,
  runRedteam,
} from "./run.ts";
export { type Range, type Shot, send } from "./send.ts";
export { selfBleu } from "./similarity.ts";
export { findStrategies, strategies } from "./strategies/registry.ts";
export * from "./strategy.ts";
export { type RedteamRow, type RedteamSummary, type RoleSpending, tellFor } from "./summary.ts";
export { readRedteamSummary } from "./summary-file.ts";
export { scoreWritten, type WriterScoreOptions, type Written } from "./writer-scores.ts";
