import { PreceptError } from "../../errors.ts";
import { analyse } from "../analyse.ts";
import type { Analysis } from "../analysis.ts";
import { flagVoters } from "../flags.ts";
import type { Conversation } from "../votes.ts";
import { analysisOptions } from "./configuration.ts";
import type { StoredConversation } from "./read-conversation.ts";

type Stored = Pick<StoredConversation, "conversation" | "configuration">;

/** What a stored conversation's votes say, of everybody, as its site says it; and how many people are flagged. */
export function analyseStored({ conversation, configuration }: Stored): {
  readonly analysis: Analysis;
  readonly flagged: number;
} {
  return {
    analysis: analyse(conversation, analysisOptions(configuration)),
    flagged: flagVoters(conversation).length,
  };
}

/** Votes, and what they say. */
export interface Weighed {
  readonly conversation: Conversation;
  readonly analysis: Analysis;
}

/**
 * The same without whoever is flagged: to choose statements by, never to be shown, since all votes less these are theirs.
 * @throws PreceptError usage where fewer people are flagged than a cell holds: what changes without them would tell of them.
 */
export function weighWithoutFlagged({ conversation, configuration }: Stored): Weighed {
  const { title, smallestCell } = configuration;
  const out = new Set(flagVoters(conversation).map(({ participant }) => participant));
  if (out.size > 0 && out.size < smallestCell) {
    throw new PreceptError("usage", {
      attempted: `Leaving out the flagged voters of ${title}`,
      found: `fewer than ${smallestCell} of them, the conversation's smallestCell`,
      expected: `none, or ${smallestCell} or more: what changes without so few tells how they voted`,
      remedy: "draft with everybody, without --without-flagged",
    });
  }
  const votes = conversation.votes.filter(({ participant }) => !out.has(participant));
  const counted = { ...conversation, votes };
  return { conversation: counted, analysis: analyse(counted, analysisOptions(configuration)) };
}
