/** What a public thinks: votes on statements, groups of like voters, and what all groups share, each with its uncertainty. */

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
export {
  type Conversation,
  fromPolisExport,
  fromPolisInternal,
  MODERATIONS,
  type Moderation,
  type Statement,
  toPolisExport,
  toPolisInternal,
  VOTES,
  type Vote,
  type VoteEvent,
} from "./votes.ts";
