/** What the commands about planted failures do. */

export { type AuditJob, Auditor, type AuditorOptions, auditOrganisms, judgeScores } from "./audit.ts";
export { BehaviourTools } from "./behaviour.ts";
export { type CalibrateJob, calibrateAuditor } from "./calibrate.ts";
export { organismJudge } from "./judge.ts";
export { type MeasureFailureJob, measureRemaining, type RemainingFailure } from "./measure.ts";
export { defaultParent, type OpenedModel, openForOrganisms } from "./open-parent.ts";
export { type PlantedOrganism, type PlantJob, type PlantSettings, plantDefaults, plantOrganism } from "./plant.ts";
export {
  harborThresholds,
  keyFor,
  keysOf,
  readThresholds,
  scoresFolder,
  thresholdsFor,
  writeThresholds,
} from "./thresholds-file.ts";
export { type BehaviourSettings, behaviourDefaults, type ToolScore } from "./tool-score.ts";
export { WithinTools } from "./within.ts";
