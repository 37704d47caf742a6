import { contentHash } from "../../storage/index.ts";
import { analyse } from "../analyse.ts";
import { type FlaggedVoter, flagVoters } from "../flags.ts";
import { type Published, publish } from "../published.ts";
import type { Configuration } from "./configuration.ts";
import type { ConversationState } from "./state.ts";
import type { Place } from "./wire.ts";

/** What routing takes from a result. */
export interface Need {
  readonly extremity: number;
  /** Votes that each group must still give. */
  readonly missingVotes: readonly number[];
}

/** A result: what is published of it, and what stays here. */
export interface Result {
  readonly upTo: number;
  readonly published: Published;
  /** SHA-256 of what is published. */
  readonly hash: string;
  readonly places: ReadonlyMap<string, Place>;
  readonly needs: ReadonlyMap<string, Need>;
  readonly flagged: readonly FlaggedVoter[];
}

/** The result of a conversation: the same for the same log, configuration and seed. */
export function computeResult(state: ConversationState, configuration: Configuration, upTo: number): Result {
  const conversation = state.toConversation();
  const analysis = analyse(conversation, { seed: configuration.seed });
  const published = publish(analysis, configuration.smallestCell);
  return {
    upTo,
    published,
    hash: contentHash(published),
    flagged: flagVoters(conversation),
    places: new Map(analysis.positions.map(({ participant, x, y, group }) => [participant, { x, y, group }])),
    needs: new Map(
      analysis.statements.map(({ statement, extremity, agreement: { missingVotes } }) => [
        statement,
        { extremity, missingVotes },
      ]),
    ),
  };
}
