/** A conversation of the public, from its votes to a constitution that a run trains in. */

export { type CategoryRow, compareTown, type MannerRow, type TownComparison, type Wish } from "../town/compare-town.ts";
export { type DraftTownOptions, draftTown } from "../town/draft-town.ts";
export { runTownDemo, type TownDemoOptions } from "../town/town-demo.ts";
export type { TownFigures } from "../town/town-figures.ts";
export { TOWN_CONTROLS, type TownControl, type TownDemo } from "../town/town-result.ts";
export { writePublicConstitution } from "../town/write-constitution.ts";
export type { BiasRow } from "./bias-rows.ts";
export { type CapabilityRow, type CompareModelsOptions, compareModels, type ModelsCompared } from "./compare-models.ts";
export { comparedMarkdown } from "./compared-markdown.ts";
export { contentiousRequests } from "./contentious.ts";
export {
  type DraftConversationOptions,
  type DraftedConversation,
  draftConversation,
} from "./draft-conversation.ts";
export { type RatifyConversationOptions, ratifyConversation } from "./ratify-conversation.ts";
export { type ReportConversationOptions, reportConversation } from "./report-conversation.ts";
export {
  type SelectionName,
  selectionNames,
  selectionOf,
  type WeightingName,
  weightingNames,
} from "./selection.ts";
