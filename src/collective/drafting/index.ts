/** From what a public says to a constitution: statements chosen, written as principles, checked, voted on again. */

export { type Ballots, readBallots } from "./ballots.ts";
export { type ComposeOptions, composeDrafted, mergePrinciples } from "./compose.ts";
export { findConflicts, type PrincipleConflict } from "./conflicts.ts";
export {
  describePublicPrinciple,
  describeVotes,
  type PublicLine,
  SMALLEST_CELL,
} from "./describe-principle.ts";
export { type Demand, type Drafted, type DraftingWith, demandsOf, draftDemands } from "./draft-demands.ts";
export { type DraftStatementsOptions, draftStatements, draftStatementsStage } from "./draft-stage.ts";
export { DRAFT_FOLDER, DRAFTED_FILE, findDrafted, readDrafted } from "./drafted-file.ts";
export { type DraftedStatement, draftedStatementSchema, type Entailment } from "./drafted-statement.ts";
export { checkPolarity, checkScope, type Polarity, type Scope, type ScopeCheck } from "./fidelity.ts";
export { hideRatified, hideStatements } from "./hide-statements.ts";
export { type AboutOpinion, type Opinion, opinionOf } from "./opinion.ts";
export { PROVENANCE_FILE, readProvenance } from "./provenance-file.ts";
export {
  type DraftedConstitution,
  draftedConstitutionSchema,
  type PrincipleSource,
  type PublicPrinciple,
  type PublicProvenance,
  publicProvenanceSchema,
  type Ratification,
} from "./public-constitution.ts";
export { type PublicTown, readStoredTown } from "./public-town.ts";
export {
  type PublicConstitution,
  type RatificationVote,
  type RatifyOptions,
  ratifyConstitution,
  ratifyNext,
} from "./ratify.ts";
export {
  CCAI_CUTOFF,
  type Selected,
  type SelectedStatement,
  type Selection,
  selectionSchema,
  selectStatements,
  showBy,
} from "./select.ts";
export { chooseSlate, type Seat, type Slate, type SlateOptions } from "./slate.ts";
export {
  mayBeCompound,
  quoteAsPrinciple,
  readForm,
  type StatementForm,
  splitCompound,
  writePlainPrinciple,
} from "./statement-form.ts";
export { DIRECTIONS, type Direction, plainStatements, type StatementTemplates } from "./templates.ts";
export { WEIGHTINGS, type Weighting, weightsOf } from "./weights.ts";
