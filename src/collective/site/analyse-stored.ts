import { analyse } from "../analyse.ts";
import type { Analysis } from "../analysis.ts";
import { flagVoters } from "../flags.ts";
import type { Conversation } from "../votes.ts";
import { analysisOptions } from "./configuration.ts";
import type { StoredConversation } from "./read-conversation.ts";

/** What a conversation's votes say, of everybody or without whoever was flagged. */
export interface StoredAnalysis {
  readonly analysis: Analysis;
  /** With the votes that the analysis is of. */
  readonly conversation: Conversation;
  /** How many people are flagged, left out or not. */
  readonly flagged: number;
}

/** Analyses a stored conversation as its site does. */
export function analyseStored(
  { conversation, configuration }: Pick<StoredConversation, "conversation" | "configuration">,
  leavesOutFlagged: boolean,
): StoredAnalysis {
  const out = new Set(flagVoters(conversation).map(({ participant }) => participant));
  const votes = leavesOutFlagged
    ? conversation.votes.filter(({ participant }) => !out.has(participant))
    : conversation.votes;
  const counted = { ...conversation, votes };
  return { analysis: analyse(counted, analysisOptions(configuration)), conversation: counted, flagged: out.size };
}
