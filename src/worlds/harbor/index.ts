/**
 * Harbor: a small language in which a model of about a million parameters plays every role of the method, and an oracle that
 * only measures. It is evidence about the mechanics of Constitutional AI, not about capability.
 */

export { enumerateRequests, harborAttackLanguage, harborGoals, type PlacedRequest } from "./attacks.ts";
export {
  type EvaluationRequest,
  evaluationRequests,
  type HarborBenchmarkOptions,
  harborBenchmark,
  harborBenchmarks,
} from "./benchmark.ts";
export { harborChecks } from "./check-templates.ts";
export { corpusBatch, tokenKinds } from "./corpus.ts";
export { type CritiqueCase, drawCritiqueCases, gradeTrace, harborStepForm, type TraceGrade } from "./critique-steps.ts";
export { drawJudgeLessons } from "./debate-lessons.ts";
export { drawDebateQuestions, harborHidden, harborJudge, harborSpeaker } from "./debates.ts";
export { type Mixture, mixtures } from "./documents.ts";
export { type Governance, governanceOf, governs, principleOf, type RuledPrinciple } from "./governance.ts";
export { gradeAnswer } from "./grade.ts";
export {
  type InspectedAttribute,
  type InspectedDialogue,
  inspectedDialogue,
  inspectionText,
} from "./inspection.ts";
export { categories, categoriesOutsideRules } from "./lexicon.ts";
export { lintForHarbor } from "./lint.ts";
export { marker } from "./markers.ts";
export { goldReward, observe } from "./oracle.ts";
export { harborOrganisms } from "./organisms.ts";
export {
  corpusHash,
  type ModelShape,
  type PretrainingPlan,
  type PretrainingPreset,
  pretrainingBatch,
  pretrainingPlans,
  pretrainingRate,
} from "./pretraining.ts";
export { harborPrompts, harborReplay, type PromptCounts, type PromptPurpose } from "./prompts.ts";
export { explainUnreadable } from "./reading.ts";
export { parseRequest } from "./requests.ts";
export type { RoleOptions, RoleOutcome } from "./roles/ask.ts";
export { measureRoles } from "./roles/measure.ts";
export { parseRule, type Wording } from "./rules.ts";
export { harborStatements } from "./statement-templates.ts";
export { harborSuiteTemplates, judgeStatement, parseStatement } from "./suites.ts";
export { sweptPlan, sweptWidths } from "./sweep.ts";
export { isBroken, reword, type TamperedAnswer, tamperedAnswers } from "./tampering.ts";
export { harborTemplates, writeForHarbor } from "./templates.ts";
export { harborMarkers, harborWords } from "./vocabulary.ts";
