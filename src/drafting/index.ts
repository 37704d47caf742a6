export { findContradictions, type NamedContradiction } from "./contradictions.ts";
export { type DraftedPrinciple, type DraftingOptions, draftPlainly, draftWordings } from "./wordings.ts";
