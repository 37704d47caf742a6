import type { PrincipleSource, PublicPrinciple, PublicTown, Ratification } from "../../collective/drafting/index.ts";
import type { PublicPrinciplePage, PublicStatement, PublicWording, WrittenPrinciple } from "../source-public.ts";
import { smallestCellOf, verdictOf } from "./votes.ts";

/** A principle with what the second vote said to it. */
export function toPrinciple(town: PublicTown, { id, text, weight, statements }: PublicPrinciple): WrittenPrinciple {
  const second = secondVoteOn(town, id);
  return {
    ...{ id, text, weight, statements: statements.length },
    state: second?.state ?? "no second vote",
    share: second === undefined ? null : shareOf(second, smallestCellOf(town)),
  };
}

/** One principle with its statements, their votes, its wording and the second vote; undefined where there is none of this id. */
export function toPrinciplePage(town: PublicTown, id: string): PublicPrinciplePage | undefined {
  const { drafted } = town;
  const index = drafted?.principles.findIndex((one) => one.id === id) ?? -1;
  const principle = drafted?.principles[index];
  if (drafted === undefined || principle === undefined) return undefined;
  const smallestCell = smallestCellOf(town);
  const second = secondVoteOn(town, id);
  return {
    principle: toPrinciple(town, principle),
    ...{ position: index + 1, of: drafted.principles.length, smallestCell, groups: drafted.groups.length },
    secondVote: second === undefined ? null : { all: second.counts, groups: second.groupCounts },
    statements: principle.statements.map((source) => toStatement(source, id)),
    wordings: principle.drafts.map(toWording),
    conflicts: drafted.conflicts.filter(({ ids }) => ids.includes(id)),
  };
}

function secondVoteOn({ provenance }: PublicTown, id: string): Ratification | undefined {
  return provenance?.ratification?.principles.find((one) => one.id === id);
}

function shareOf({ counts, share }: Ratification, smallestCell: number): WrittenPrinciple["share"] {
  if (counts === null || share === null) return null;
  const n = counts.agree + counts.disagree;
  return n < smallestCell ? null : { ...share, n };
}

function toStatement(source: PrincipleSource, principle: string): PublicStatement {
  const { id, text, counts, groupCounts, agreement } = source;
  const votes = { all: counts, groups: groupCounts };
  return {
    ...{ id, text, votes, principles: [principle] },
    verdict: agreement === null ? "needs more votes" : verdictOf(agreement.state, "no"),
    consensus: agreement && { estimate: agreement.estimate, low: agreement.lower, high: agreement.upper },
    probability: agreement?.probability ?? null,
  };
}

function toWording({ by, polarity, scope, fromStatement, fromPrinciple, several }: PublicPrinciple["drafts"][number]) {
  return {
    ...{ by, polarity, scope, fromStatement, fromPrinciple },
    isCompound: several !== null && several >= 0.5,
  } satisfies PublicWording;
}
