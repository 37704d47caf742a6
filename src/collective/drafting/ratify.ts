import { type Constitution, createConstitution } from "../../constitution/index.ts";
import { wilson } from "../../statistics/index.ts";
import { contentHash } from "../../storage/index.ts";
import type { Counts } from "../analysis.ts";
import { suppressCounts } from "../suppression.ts";
import type { Vote } from "../votes.ts";
import { SMALLEST_CELL } from "./describe-principle.ts";
import type { DraftedConstitution, PublicProvenance, Ratification } from "./public-constitution.ts";

/** A vote of the second round: on a principle as it was written. The latest of a participant on a principle counts. */
export interface RatificationVote {
  readonly participant: string;
  readonly principle: string;
  readonly vote: Vote;
}

export interface RatifyOptions {
  /** Least share of agrees among agrees and disagrees. Default 0.6. */
  readonly from?: number;
  /** Least number of agrees and disagrees. Default 5. */
  readonly minimum?: number;
  /** Opinion group of a participant, by index; null or undefined without one. */
  readonly groupOf?: ReadonlyMap<string, number | null>;
  readonly version?: number;
}

/** A constitution that a public wrote and ratified, with everything that it comes from. */
export interface PublicConstitution {
  readonly constitution: Constitution;
  readonly provenance: PublicProvenance;
}

/**
 * The constitution of drafted principles and the second vote on them: a pure function of both. Without a second vote
 * (`votes` undefined) every drafted principle stands, and the provenance says so.
 * @throws ConstitutionInvalid as `createConstitution`.
 */
export function ratifyConstitution(
  drafted: DraftedConstitution,
  votes: readonly RatificationVote[] | undefined,
  { from = 0.6, minimum = 5, groupOf = new Map(), version = 1 }: RatifyOptions = {},
): PublicConstitution {
  const log = votes === undefined ? undefined : hashVotes(votes);
  const counted = votes === undefined ? undefined : countVotes(drafted, votes, { from, minimum, groupOf });
  const ratified = new Set(counted?.filter(({ state }) => state === "ratified").map(({ id }) => id));
  const principles = drafted.principles.filter(({ id }) => counted === undefined || ratified.has(id));
  const constitution = createConstitution({
    name: drafted.title,
    source: describeSource(drafted, log, version),
    principles: principles.map(({ id, text, critiqueRequest, revisionRequest, weight, statements }) => ({
      id,
      text,
      critiqueRequest,
      revisionRequest,
      weight,
      source: `${statements.length === 1 ? "statement" : "statements"} ${statements.map((one) => one.id).join(", ")}; provenance.json`,
      tags: ["collective"],
    })),
  });
  const ratification = counted === undefined || log === undefined ? null : { log, from, minimum, principles: counted };
  return {
    constitution,
    provenance: { schemaVersion: 1, constitution: constitution.hash, version, drafted, ratification },
  };
}

/** The next version after an earlier constitution of the same public; the same version where no model could tell them apart. */
export function ratifyNext(
  earlier: PublicProvenance | undefined,
  drafted: DraftedConstitution,
  votes: readonly RatificationVote[] | undefined,
  options: RatifyOptions = {},
): PublicConstitution {
  const same = ratifyConstitution(drafted, votes, { ...options, version: earlier?.version ?? 1 });
  if (earlier === undefined || earlier.constitution === same.constitution.hash) return same;
  return ratifyConstitution(drafted, votes, { ...options, version: earlier.version + 1 });
}

function describeSource(
  { log, configuration, seed, drafter }: DraftedConstitution,
  second: string | undefined,
  version: number,
): string {
  const ratified = second === undefined ? "not ratified by a second vote" : `ratified by the votes of sha256:${second}`;
  return `Collective, version ${version}: statements and votes of log sha256:${log}, configuration sha256:${configuration}, seed ${seed}; written by ${drafter}; ${ratified}; every principle's statements and votes are in provenance.json`;
}

/** The same votes in any order have one hash. */
function hashVotes(votes: readonly RatificationVote[]): string {
  return contentHash(
    latestVotes(votes)
      .map(({ participant, principle, vote }) => [principle, participant, vote].join("\u001f"))
      .sort(),
  );
}

function latestVotes(votes: readonly RatificationVote[]): RatificationVote[] {
  return [...new Map(votes.map((vote) => [`${vote.principle}\u001f${vote.participant}`, vote])).values()];
}

const none = (): Counts => ({ agree: 0, pass: 0, disagree: 0 });
const plus = (counts: Counts, vote: Vote): Counts => ({ ...counts, [vote]: counts[vote] + 1 });

function countVotes(
  { principles, groups, opinion }: DraftedConstitution,
  votes: readonly RatificationVote[],
  { from, minimum, groupOf }: Required<Pick<RatifyOptions, "from" | "minimum" | "groupOf">>,
): Ratification[] {
  const smallest = opinion?.smallestCell ?? SMALLEST_CELL;
  const byPrinciple = Map.groupBy(latestVotes(votes), ({ principle }) => principle);
  return principles.map(({ id }): Ratification => {
    let counts = none();
    const groupCounts = groups.map(none);
    for (const { participant, vote } of byPrinciple.get(id) ?? []) {
      counts = plus(counts, vote);
      const group = groupOf.get(participant) ?? -1;
      const own = groupCounts[group];
      if (own !== undefined) groupCounts[group] = plus(own, vote);
    }
    const said = counts.agree + counts.disagree;
    const share = said === 0 ? undefined : wilson(counts.agree, said);
    // Everybody's votes stand on the site, too: no group may be what they leave over.
    const shown = suppressCounts(counts, groupCounts, smallest);
    return {
      id,
      counts: shown.all,
      groupCounts: [...shown.groups],
      share:
        share === undefined || said < smallest ? null : { estimate: share.estimate, low: share.low, high: share.high },
      state:
        share === undefined || said < minimum ? "needs more votes" : share.estimate >= from ? "ratified" : "refused",
    };
  });
}
