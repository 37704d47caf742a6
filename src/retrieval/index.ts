/** Answers that rest on documents: chunks, search, prompts with sources, and a check of every quotation. */

export { type Asked, type AskOptions, askDocuments, checkQuestion } from "./ask.ts";
export { askTemplate, notInDocuments } from "./ask-prompt.ts";
export { isFault, QuotedDocuments } from "./check-citations.ts";
export { type Chunk, chunkDocument } from "./chunks.ts";
export { type CitedSource, type CitedText, parseCitedText } from "./cited-text.ts";
export { type CritiqueGroundsOptions, critiqueGrounds } from "./critique-grounds.ts";
export { type DocumentFolder, hashDocuments, readDocuments, refuseSameIds, type SourceDocument } from "./document.ts";
export {
  askEntailment,
  type CitationQuality,
  type EntailmentQuestion,
  entailmentIdentity,
  judgeEntailment,
} from "./entailment.ts";
export {
  type EntailmentFact,
  type FactKind,
  factKinds,
  makeEntailmentFacts,
  shuffleQuotes,
} from "./entailment-facts.ts";
export { describeFault, type FaultPolicy, faultPolicies } from "./fault-policy.ts";
export { indexDocuments, indexInMemory, indexInSqlite } from "./indexes.ts";
export { findMarkers, type Marker, uncitedSentences } from "./markers.ts";
export { nearestPassage } from "./nearest-passage.ts";
export { citedTextOfParts } from "./provider-citations.ts";
export {
  type AskRecord,
  askRecordSchema,
  type CitationCheck,
  type CitationStatus,
  citationCheckSchema,
  citationStatuses,
} from "./records.ts";
export type { Hit, SearchQuery, SearchTool } from "./search-tool.ts";
