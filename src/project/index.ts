/** From a person's configuration to a run: settings, plan, check, chat, export. */

export { addPrinciples, findOwnFile, type OpenedConstitution, openOwnConstitution } from "./add-principles.ts";
export { type AttributedAnswer, type AttributeOptions, attributeAnswer } from "./attribution/attribute.ts";
export { type AuditedLabels, type AuditLabelsOptions, auditLabels, type SuspectLabel } from "./attribution/audit.ts";
export type { ComparedAnswer, ComparedInfluence } from "./attribution/compared.ts";
export { type ForgetOptions, type Forgotten, forgetNearest } from "./attribution/forget.ts";
export { type AttributedPlace, findAttributed, loadAttributed } from "./attribution/place.ts";
export { drawAnswers, type MeasuredAnswer, readMeasuredAnswers } from "./attribution/queries.ts";
export { type Refereed, type RefereeOptions, refereeMethods } from "./attribution/referee.ts";
export { type TracedRequest, Tracer } from "./attribution/tracer.ts";
export {
  type CalibratedEntailment,
  type CalibrateEntailmentOptions,
  calibrateEntailment,
  type EntailmentStanding,
  findEntailmentStanding,
  leastKappa,
} from "./calibrate-entailment.ts";
export { type Chat, type ChatCheckpoint, type ChatOptions, chatCheckpoints, chatWith, openChat } from "./chat.ts";
export { type CalibratedPrinciple, calibratePrinciples } from "./check/calibrate-principles.ts";
export { type Checked, type CheckOptions, checkProject } from "./check/check-project.ts";
export type { CheckedSubject } from "./check/conclude.ts";
export { type PrepareCheckOptions, planCheck, prepareCheck, type ReadyCheck } from "./check/prepare.ts";
export { type WrittenPrompts, writePrompts } from "./check/write-prompts.ts";
export { type LoadedConfig, loadConfig, roles } from "./config/config.ts";
export { type Config, defineConfig } from "./config/define-config.ts";
export { formats } from "./config/schema.ts";
export { withConstitution } from "./constitution.ts";
export { askContradictions, type DrafterOptions, type Drafts, draftPrinciples } from "./draft-principles.ts";
export { cleaner, exportRun } from "./export.ts";
export type { Fitness } from "./fitness-words.ts";
export { type Shard, speakToLead, startClient } from "./fleet/client-process.ts";
export type { ClientEnd, ClientProcess, StartClient } from "./fleet/clients.ts";
export type { FleetOptions } from "./fleet/lead-fleet.ts";
export { groundsOf, withDocs } from "./grounds.ts";
export {
  type GuardModelRun,
  guardModelOf,
  runGuardModel,
  type TunedGuard,
  tuneGuard,
} from "./guard/guard-model.ts";
export {
  checkpointOfRun,
  type GuardedExample,
  isHarborRun,
  openRunGuard,
  showBlocked,
} from "./guard/open-run-guard.ts";
export type { FrontierPoint, RefusalSummary, WhoRefused } from "./guard/refusals.ts";
export { type GuardedMetric, type GuardedSummary, replayGuard } from "./guard/replay.ts";
export { harborChatTemplate } from "./harbor/chat-template.ts";
export { writeHarborDialogues } from "./harbor/dialogues.ts";
export { harborWorld } from "./harbor/embedded.ts";
export {
  benchmarksOfHarbor,
  committedRoles,
  harborFolder,
  harborMeasures,
  suiteSeed,
} from "./harbor/inputs.ts";
export { loadHarbor, loadHarborRun } from "./harbor/load-harbor.ts";
export { harborConfigs, presets } from "./harbor/presets.ts";
export { withRule } from "./harbor/rule.ts";
export * from "./harbor/settings.ts";
export {
  defaultAnswers,
  type InitAnswers,
  initHarborProject,
  initProject,
  initScalingPolicy,
  initTemplate,
  refuseProject,
} from "./init.ts";
export { type DiffExample, type DiffJob, diffCheckpoints, type FeatureDiff } from "./inside/diff-features.ts";
export {
  type AttributeRow,
  type EvaluateFeatures,
  evaluateFeatures,
  type FeatureEvaluation,
  type Finder,
  finders,
} from "./inside/evaluate-features.ts";
export { type LabelledText, readLabelledTexts } from "./inside/labelled-texts.ts";
export { type OpenedFeatures, openFeatures } from "./inside/open-features.ts";
export { type OpenedPlace, openPlace, type ShortSite, shortSites, siteFor } from "./inside/open-place.ts";
export {
  type FittedProbe,
  fitProbe,
  type ProbeFigures,
  type ProbeRows,
  type Reading,
  readings,
  readRows,
  readSites,
} from "./inside/probe-rows.ts";
export type { FeatureCause, ReviewedFeature } from "./inside/review-diff.ts";
export { exportFeatures, type ShownFeature, type ShowOptions, showFeature } from "./inside/show-feature.ts";
export { editOf, type Steered, type SteerJob, steerAnswers } from "./inside/steer-probe.ts";
export { type FeatureSettings, featureDefaults, type TrainFeatures, trainFeatures } from "./inside/train-features.ts";
export { type TrainedProbe, type TrainProbe, trainProbe } from "./inside/train-probe.ts";
export {
  isFitted,
  measuredSets,
  type TrainedTextProbe,
  type TrainTextProbe,
  trainTextProbe,
} from "./inside/train-text-probe.ts";
export { learnUntrained, type Untrained } from "./inside/untrained.ts";
export { placeBeside, type Watched, watchRequests } from "./inside/watch-probe.ts";
export { type LintedFile, lintConstitutionFile, lintFor } from "./lint.ts";
export { isSmallModel, parseSize } from "./model-size.ts";
export { modelOf } from "./models.ts";
export { pricesIn } from "./open-models.ts";
export { bundlePolicy, type PolicyBundle, takeBundle } from "./oversight/bundle-policy.ts";
export { checkSuite, drawSpotCheck } from "./oversight/check-suite.ts";
export { type Critiqued, type CritiqueJob, critiqueModel } from "./oversight/critique.ts";
export { type DebateRequest, type HeldDebate, holdDebate } from "./oversight/debate.ts";
export { type ElicitOptions, missingSteps } from "./oversight/elicit-policy.ts";
export {
  type GatedPolicy,
  type GatePolicyOptions,
  gatePolicy,
  type PersonDecision,
} from "./oversight/gate-policy.ts";
export { type CardRequest, type MadeCard, makeCard } from "./oversight/make-card.ts";
export { holdOutSteps, measureHead } from "./oversight/measure-head.ts";
export * from "./oversight/organisms/index.ts";
export { commandOf } from "./oversight/policy-steps.ts";
export { type FitScalingOptions, type FittedScaling, fitScaling } from "./oversight/scaling/fit-scaling.ts";
export { type OveroptimiseOptions, overoptimise } from "./oversight/scaling/overoptimise.ts";
export { type Sweep, type SweepOptions, sweepSizes } from "./oversight/scaling/sweep.ts";
export { readSteppedData, type SteppedData, sampleTraces } from "./oversight/stepped-data.ts";
export { type DebaterTraining, type TrainedDebater, trainDebater } from "./oversight/train-debater.ts";
export { type FinishedSuite, type SuiteRequest, writeSuite } from "./oversight/write-suite.ts";
export { type PlannedProject, planConfigured, planPrompts } from "./plan-project.ts";
export { type Project, withProject } from "./project.ts";
export { hubPrompts } from "./prompts/hub-prompts.ts";
export { openTarget, prepareRedteam, type RedteamRequest, rangeOf, type TargetRequest } from "./redteam.ts";
export type { ReviewOfExport } from "./review-export.ts";
export { joinProject, type ProjectRun, type RunProjectOptions, runProject } from "./run-project.ts";
export { type RunStepOptions, runHarborStep, type StepRun } from "./run-step.ts";
export type { ProjectOptions, Setting, Training } from "./setting.ts";
export { type SizeOptions, sizePaper, sizeProject } from "./size-project.ts";
export { runStep, type StepName, stepNames } from "./steps.ts";
export { type ProjectSummary, takeSteps } from "./take-steps.ts";
export { type TemplateName, templateNames } from "./template.ts";
export {
  type AttackerTraining,
  type TrainedAttacker,
  trainAttacker,
} from "./train-attacker.ts";
