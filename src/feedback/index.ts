/** The method over any language model: responses, critiques, revisions, comparisons and labels, with the templates that ask for them. */

export { englishRefusals, isRefusal } from "../reading/index.ts";
export { type Ask, chooseAll, generateAll, type Sampling, scoreAll } from "./calls.ts";
export {
  type ChainFaults,
  type ChainPart,
  type ChainRecord,
  findChainFaults,
  isOfChain,
  type PutBack,
} from "./chain-faults.ts";
export { type ChainCounts, type ChainExamples, ChainTally } from "./chain-tally.ts";
export { type ChainOptions, critiqueRevisionChains, respondAndCritique, textOf } from "./chains.ts";
export { type ChatTemplateOptions, chatTemplates } from "./chat-templates.ts";
export { compare, drawPrincipleFor, isIdentical, type LabelOptions, type Pair } from "./comparisons.ts";
export { type Asking, type FeedbackContext, type Position, provenanceOf, requestSeed } from "./context.ts";
export { contextsOf } from "./contexts.ts";
export * from "./contrast.ts";
export * from "./contrast-labels.ts";
export { distilContexts } from "./distillation.ts";
export * from "./few-shots.ts";
export {
  type CritiqueGrounds,
  type GroundCheck,
  isPassedOver,
  type UnfoundedCritiques,
  unfoundedCritiques,
} from "./grounds.ts";
export * from "./labels.ts";
export { pickLeastAlike } from "./least-alike.ts";
export { englishMetaText, hasMetaText } from "./meta-text.ts";
export { decidedDistance, type Opinion, type OpinionPair, readOpinions } from "./opinions.ts";
export { type FewShotFiles, paperFewShots } from "./paper-few-shots.ts";
export { type ComparisonFewShot, type PaperTemplateOptions, paperTemplates } from "./paper-templates.ts";
export * from "./records.ts";
export { isAnswered, isTrainable, respond, respondAt, responseId } from "./responses.ts";
export { type BareRefusals, bareRefusals } from "./revision-outcome.ts";
export type * from "./templates.ts";
export { ownPairs, type ReplayDocument, replayPair, type TrainedRevisions, trainingPairs } from "./training-pairs.ts";
export { turnTemplates } from "./turn-templates.ts";
