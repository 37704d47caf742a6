/** What a public thinks: votes on statements, groups of like voters, and what all groups share, each with its uncertainty. */

export { type AddedVote, addVotes } from "./add-votes.ts";
export { analyse, analyseTable } from "./analyse.ts";
export type {
  Analysis,
  AnalysisHashes,
  Consensus,
  ConsensusState,
  Counts,
  Group,
  Grouping,
  Mode,
  Position,
  Representative,
  StatementFigures,
} from "./analysis.ts";
export { countAll, countByGroup, type GroupCounts, sumTallies, type Tally, talliesOf, tallyOf } from "./counts.ts";
export { type Duplicate, type DuplicateOptions, findDuplicates } from "./duplicates.ts";
export { FLAGS, type Flag, type FlaggedVoter, flagVoters } from "./flags.ts";
export { type ExportFiles, type Imported, type ImportOptions, importConversation } from "./import/polis-export.ts";
export { readExport } from "./import/read-export.ts";
export type { NamedText } from "./import/rows.ts";
export { LiveAnalysis } from "./live.ts";
export { type MajorityEntry, majorityOf } from "./majority.ts";
export { type Merge, mergeStatements, settleVotes } from "./merges.ts";
export { type AnalyseOptions, type SettledOptions, settleOptions } from "./options.ts";
export { type PolisInput, type PolisState, polisUpdate } from "./polis/update.ts";
export { META_PRIORITY, priorityOf } from "./priorities.ts";
export type { Axes, Points } from "./projection.ts";
export { type Published, type PublishedGroup, type PublishedStatement, publish } from "./published.ts";
export { type Chosen, type Leaning, representativeOf } from "./representative.ts";
export { adjustedRand, consensusIn, type Sensitivity, weighFlagged } from "./sensitivity.ts";
export { differenceZ, groupAwareConsensus, SIGNIFICANT_Z, shareZ, smoothedShare } from "./shares.ts";
export { type SimilarOptions, type SimilarText, SimilarTexts } from "./similar.ts";
export { countShown, type MapCell, type ShownCounts, suppressCounts } from "./suppression.ts";
export type { Order, VoteLog, VoteTable } from "./table.ts";
export { tableOf, tabulate } from "./tabulate.ts";
export {
  type Conversation,
  fromPolisExport,
  fromPolisInternal,
  isShown,
  MODERATIONS,
  type Moderation,
  type ModerationTime,
  type Statement,
  toPolisExport,
  toPolisInternal,
  VOTES,
  type Vote,
  type VoteEvent,
} from "./votes.ts";
export { differsInMeaning, plainText } from "./words.ts";
