import type { DraftedConstitution, PublicProvenance } from "../../collective/drafting/index.ts";
import { type Analysis, adjustedRand, consensusIn, type Sensitivity } from "../../collective/index.ts";
import { type Estimate, wilson } from "../../statistics/index.ts";
import { judgePrinciple, sharedTopics, type Town } from "../../worlds/harbor/town/index.ts";

/** What the world says of what was made of its votes; no stage reads it. */
export interface TownFigures {
  readonly grouping: Analysis["grouping"]["state"];
  readonly reason: string;
  readonly groups: readonly number[];
  /** Adjusted Rand index of the groups found against those of the world, over the citizens who were put in a group; null without groups. */
  readonly adjustedRand: number | null;
  readonly grouped: number;
  readonly citizens: number;
  /** Topics that all groups share and that a principle says. */
  readonly sharedDrafted: Estimate;
  readonly sharedMissing: readonly string[];
  readonly principles: number;
  /** Ids of principles that some group rejects, by the world. */
  readonly rejected: readonly string[];
  /** Ids of principles that are about nothing the world knows. */
  readonly unreadable: readonly string[];
  readonly ratified: number;
  readonly abuse: AbuseFigures;
}

/** What flags found of the ballot-stuffers, and how much of the consensus hung on whoever was flagged. */
export interface AbuseFigures {
  readonly stuffers: number;
  readonly stuffersFlagged: number;
  readonly citizensFlagged: number;
  /** Statements of consensus without the flagged, and how many of them are gained or lost by leaving them out. */
  readonly consensus: number;
  readonly gained: number;
  readonly lost: number;
}

/** Measures a town's analysis and draft against the world's own knowledge. */
export function measureTown(
  town: Town,
  sensitivity: Sensitivity,
  drafted: DraftedConstitution,
  ratification: PublicProvenance["ratification"] | undefined,
): TownFigures {
  const analysis: Analysis = sensitivity.unflagged;
  const placed = analysis.positions.filter(({ participant, group }) => group !== null && town.groupOf.has(participant));
  const judged = drafted.principles.map(({ id, text }) => ({ id, verdict: judgePrinciple(town, text) }));
  const said = new Set(judged.flatMap(({ verdict }) => (verdict?.isShared === true ? [verdict.topic] : [])));
  const missing = sharedTopics.filter((name) => !said.has(name));
  const { grouping } = analysis;
  return {
    grouping: grouping.state,
    reason: grouping.reason,
    groups: grouping.groups.map(({ members }) => members.length),
    adjustedRand:
      placed.length < 2
        ? null
        : adjustedRand(placed.map(({ participant, group }) => [group ?? -1, town.groupOf.get(participant) ?? -1])),
    grouped: placed.length,
    citizens: town.groupOf.size,
    sharedDrafted: wilson(sharedTopics.length - missing.length, sharedTopics.length),
    sharedMissing: missing,
    principles: judged.length,
    rejected: judged.filter(({ verdict }) => verdict?.isRejected === true).map(({ id }) => id),
    unreadable: judged.filter(({ verdict }) => verdict === undefined).map(({ id }) => id),
    ratified: ratification?.principles.filter(({ state }) => state === "ratified").length ?? judged.length,
    abuse: measureAbuse(town, sensitivity),
  };
}

function measureAbuse({ groupOf, conversation }: Town, sensitivity: Sensitivity): AbuseFigures {
  const { flagged, unflagged, gained, lost } = sensitivity;
  const voters = new Set(conversation.votes.map(({ participant }) => participant));
  const citizensFlagged = flagged.filter(({ participant }) => groupOf.has(participant)).length;
  return {
    stuffers: [...voters].filter((id) => !groupOf.has(id)).length,
    stuffersFlagged: flagged.length - citizensFlagged,
    citizensFlagged,
    consensus: consensusIn(unflagged).length,
    gained: gained.length,
    lost: lost.length,
  };
}
