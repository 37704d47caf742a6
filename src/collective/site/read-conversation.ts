import { type Draft, type Head, openStore, type Phase, type StorePlace } from "../store/index.ts";
import type { Conversation, Vote } from "../votes.ts";
import type { Configuration } from "./configuration.ts";
import { configurationOf, LogReader } from "./log-reader.ts";

/** A vote of the second round: on a principle as it was written. */
export interface SecondVote {
  readonly participant: string;
  readonly principle: string;
  readonly vote: Vote;
}

/** A conversation as its log holds it: what an analysis reads, the drafts, and the second vote on them. */
export interface StoredConversation {
  /** The last event whose votes count. */
  readonly head: Head;
  readonly configuration: Configuration;
  readonly phase: Phase;
  readonly conversation: Conversation;
  readonly drafts: readonly Draft[];
  readonly secondVotes: readonly SecondVote[];
}

/**
 * Reads a conversation's log, which a site may be writing meanwhile. `shown`: while people vote, the votes as far as the result goes
 * that everybody sees; one with those that came since would tell, beside it, how a few people voted. @throws PreceptError as `openStore`.
 */
export async function readConversation(
  place: StorePlace,
  reach: "whole" | "shown" = "whole",
): Promise<StoredConversation> {
  const store = await openStore({ ...place, isReadOnly: true });
  try {
    const reader = new LogReader(store);
    await reader.readTo((await store.head()).seq);
    const { state, shownUpTo } = reader;
    const { phase, ballot } = state;
    let counted = reader;
    if (reach === "shown" && phase === "voting" && shownUpTo > 0) {
      counted = new LogReader(store);
      await counted.readTo(shownUpTo);
    }
    return {
      head: { seq: counted.seq, hash: counted.hash },
      configuration: configurationOf(state),
      phase,
      // Moderated since: as it is now.
      conversation: { ...state.toConversation(), votes: counted.state.toConversation().votes },
      drafts: ballot.drafts,
      secondVotes: ballot.votes(),
    };
  } finally {
    await store.close();
  }
}
