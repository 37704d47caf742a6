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
  readonly head: Head;
  readonly configuration: Configuration;
  readonly phase: Phase;
  readonly conversation: Conversation;
  readonly drafts: readonly Draft[];
  readonly secondVotes: readonly SecondVote[];
}

/** Reads a conversation's log, which a site may be writing meanwhile. @throws PreceptError as `openStore`. */
export async function readConversation(place: StorePlace): Promise<StoredConversation> {
  const store = await openStore({ ...place, isReadOnly: true });
  try {
    const head = await store.head();
    const reader = new LogReader(store);
    await reader.readTo(head.seq);
    const { state } = reader;
    const { phase, ballot } = state;
    return {
      head,
      configuration: configurationOf(state),
      phase,
      conversation: state.toConversation(),
      drafts: ballot.drafts,
      secondVotes: ballot.votes(),
    };
  } finally {
    await store.close();
  }
}
