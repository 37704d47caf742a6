import type { DraftedConstitution, Opinion, PublicTown } from "../../collective/drafting/index.ts";
import type { PublicOpinion, PublicPage, PublicStatement, WrittenConstitution } from "../source-public.ts";
import { toPrinciple } from "./principle.ts";
import { smallestCellOf, verdictOf } from "./votes.ts";

/** Everything that a public thinks and wrote, but for what single principles rest on. */
export function toPublicPage(town: PublicTown): PublicPage {
  const { title, opinion, drafted } = town;
  return {
    title,
    opinion: opinion === undefined ? null : toOpinion(opinion, drafted),
    constitution: drafted === undefined ? null : toConstitution(town, drafted),
    proof: proofOf(town),
  };
}

function toOpinion(opinion: Opinion, drafted: DraftedConstitution | undefined): PublicOpinion {
  const { question, smallestCell, flagged, published } = opinion;
  const { people, votes, state, groups, cells, statements } = published;
  const texts = new Map(opinion.texts.map(({ id, text }) => [id, text]));
  const shown = statements.flatMap(({ id, all, groups: own, agreement, rejection, consensus }): PublicStatement[] => {
    const text = texts.get(id);
    if (all === null || text === undefined) return [];
    return [
      {
        ...{ id, text, votes: { all, groups: own }, verdict: verdictOf(agreement, rejection), probability: null },
        consensus: consensus && { estimate: consensus.estimate, low: consensus.lower, high: consensus.upper },
        principles: principlesOf(drafted, id),
      },
    ];
  });
  return {
    ...{ question, people, votes, smallestCell, flagged, state, cells },
    groups: groups.map(
      (group) =>
        group && {
          people: group.people,
          stability: group.stability,
          telling: group.representative.flatMap(({ statement, direction }) => {
            const text = texts.get(statement);
            return text === undefined ? [] : [{ text, direction }];
          }),
        },
    ),
    statements: shown.sort((a, b) => (b.consensus?.low ?? -1) - (a.consensus?.low ?? -1) || (a.id < b.id ? -1 : 1)),
    unshown: statements.length - shown.length,
  };
}

function principlesOf(drafted: DraftedConstitution | undefined, statement: string): string[] {
  const own = drafted?.principles.filter(({ statements }) => statements.some(({ id }) => id === statement)) ?? [];
  return own.map(({ id }) => id);
}

function toConstitution(town: PublicTown, drafted: DraftedConstitution): WrittenConstitution {
  const { provenance, opinion } = town;
  const { drafter, weighting, principles, conflicts, unwritten, unrepresented } = drafted;
  const texts = new Map(opinion?.texts.map(({ id, text }) => [id, text]));
  return {
    version: provenance?.version ?? null,
    ...{ drafter, weighting, chosen: describeSelection(drafted), conflicts, unwritten },
    unvoted:
      provenance === undefined
        ? "The second vote has not decided on them."
        : provenance.ratification === null
          ? "There was no second vote: every drafted principle stands."
          : null,
    principles: principles.map((principle) => toPrinciple(town, principle)),
    unrepresented: unrepresented
      .filter(({ voters }) => voters >= smallestCellOf(town))
      .map((one) => ({ ...one, text: texts.get(one.statement) ?? one.statement })),
  };
}

function describeSelection(drafted: DraftedConstitution): string {
  return `${describeRule(drafted)}${drafted.withoutFlagged === true ? ", by the votes of whoever is not flagged" : ""}`;
}

function describeRule({ selection }: DraftedConstitution): string {
  switch (selection.by) {
    case "posterior":
      return `on which all groups agree with a posterior probability of ${100 * selection.probability} % or more`;
    case "cutoff":
      return `whose group-aware consensus, as Polis multiplies it, is ${selection.cutoff} or more`;
    case "slate":
      return `of a slate of ${selection.size} by proportional approval`;
  }
}

function proofOf({ opinion, drafted, provenance, head, seed }: PublicTown): PublicPage["proof"] {
  const { log, configuration } = opinion?.published.hashes ?? drafted ?? {};
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["Votes and statements", log && `sha256:${log}`],
    ["Configuration", configuration && `sha256:${configuration}`],
    ["Seed", String(seed)],
    ["Log", head && `event ${head.seq.toLocaleString("en-US")}, ${head.hash}`],
    ["Constitution", provenance?.constitution],
    ["Second vote", provenance?.ratification ? `sha256:${provenance.ratification.log}` : undefined],
  ];
  return lines.flatMap(([label, value]) => (value === undefined ? [] : [{ label, value }]));
}
