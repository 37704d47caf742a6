import { contentHash } from "../../storage/index.ts";
import { analyse } from "../analyse.ts";
import type { Analysis } from "../analysis.ts";
import type { FlaggedVoter } from "../flags.ts";
import { type Published, publish } from "../published.ts";
import { consensusIn, weighFlagged } from "../sensitivity.ts";
import { analysisOptions, type Configuration } from "./configuration.ts";
import type { ConversationState } from "./state.ts";
import type { Place } from "./wire.ts";

/** What routing takes from a result. */
export interface Need {
  readonly extremity: number;
  /** Votes that each group must still give. */
  readonly missingVotes: readonly number[];
}

/** What leaving out flagged voters would change in what all groups agree with, by the ids of statements. */
export interface WithoutFlagged {
  /** How many all groups agree with: of everybody, and without the flagged. */
  readonly withAll: number;
  readonly without: number;
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

/** What everybody sees: the same for the same log, configuration and seed. */
export interface PublicResult {
  readonly published: Published;
  /** SHA-256 of what is published. */
  readonly hash: string;
}

/** A result: what is published of it, and what stays here. */
export interface Result extends PublicResult {
  readonly upTo: number;
  readonly places: ReadonlyMap<string, Place>;
  readonly needs: ReadonlyMap<string, Need>;
  readonly flagged: readonly FlaggedVoter[];
  readonly withoutFlagged: WithoutFlagged;
}

/** What was published of a conversation in this state. */
export function computePublished(state: ConversationState, { seed, smallestCell }: Configuration): PublicResult {
  return publishAll(analyse(state.toConversation(), analysisOptions({ seed, smallestCell })), smallestCell);
}

/** The result of a conversation, with what only its organiser sees and what routing needs. */
export function computeResult(state: ConversationState, configuration: Configuration, upTo: number): Result {
  const { smallestCell } = configuration;
  const { everybody, unflagged, flagged, lost, gained } = weighFlagged(
    state.toConversation(),
    analysisOptions(configuration),
  );
  return {
    ...publishAll(everybody, smallestCell),
    ...{ upTo, flagged },
    withoutFlagged: {
      ...{ lost, gained, withAll: consensusIn(everybody).length, without: consensusIn(unflagged).length },
    },
    places: new Map(everybody.positions.map(({ participant, x, y, group }) => [participant, { x, y, group }])),
    needs: new Map(
      everybody.statements.map(({ statement, extremity, agreement: { missingVotes } }) => [
        statement,
        { extremity, missingVotes },
      ]),
    ),
  };
}

function publishAll(analysis: Analysis, smallestCell: number): PublicResult {
  const published = publish(analysis, smallestCell);
  return { published, hash: contentHash(published) };
}
