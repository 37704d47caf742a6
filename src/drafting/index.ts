/** Principles drafted by a model, from sentences or from a prose document, each with the words that it rests on. */

export { findContradictions, type NamedContradiction } from "./contradictions.ts";
export type { Coverage } from "./prose/compose.ts";
export type { RefusedDraft } from "./prose/draft-piece.ts";
export {
  type ImportedProse,
  type ImportProseOptions,
  importProse,
  type ProseDocument,
  planProse,
  readProse,
} from "./prose/import-prose.ts";
export { joinPieces, type Passage, type Piece, splitPassages } from "./prose/passages.ts";
export { findQuotedPassages } from "./prose/quoted-passages.ts";
export { draftStage } from "./prose/read-pieces.ts";
export { type DraftedPrinciple, type DraftingOptions, draftPlainly, draftWordings } from "./wordings.ts";
