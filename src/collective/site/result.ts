import { contentHash } from "../../storage/index.ts";
import { analyse } from "../analyse.ts";
import type { Analysis } from "../analysis.ts";
import type { FlaggedVoter } from "../flags.ts";
import { type Published, publish } from "../published.ts";
import { consensusIn, weighFlagged } from "../sensitivity.ts";
import { analysisOptions, type Configuration } from "./configuration.ts";
import { type PackedNeeds, type PackedPlaces, packNeeds, packPlaces } from "./packed.ts";
import type { ConversationState } from "./state.ts";

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

/** A result: what is published of it, as JSON, and what stays here; made to go from one process to another. */
export interface Result {
  readonly upTo: number;
  readonly hash: string;
  readonly published: string;
  readonly places: PackedPlaces;
  readonly needs: PackedNeeds;
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
  const { published, hash } = publishAll(everybody, smallestCell);
  return {
    ...{ upTo, hash, flagged, published: JSON.stringify(published) },
    withoutFlagged: {
      ...{ lost, gained, withAll: consensusIn(everybody).length, without: consensusIn(unflagged).length },
    },
    places: packPlaces(everybody),
    needs: packNeeds(everybody),
  };
}

function publishAll(analysis: Analysis, smallestCell: number): PublicResult {
  const published = publish(analysis, smallestCell);
  return { published, hash: contentHash(published) };
}
