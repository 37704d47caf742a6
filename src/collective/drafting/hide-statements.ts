import { type Conversation, isShown, type ModerationTime } from "../votes.ts";
import type { DraftedConstitution, PublicPrinciple, PublicProvenance } from "./public-constitution.ts";

/**
 * A draft without the words of statements that may be shown no more: turned down since, sent back to wait, or erased. A principle that
 * rests on nothing else, or quotes one, is left out with its id and its conflicts, and listed as unwritten.
 */
export function hideStatements(
  drafted: DraftedConstitution,
  { statements }: Pick<Conversation, "statements">,
  when: ModerationTime,
): DraftedConstitution {
  const shown = new Set(statements.filter(({ moderation }) => isShown(moderation, when)).map(({ id }) => id));
  const mayShow = (statement: string): boolean => shown.has(statement);
  const { principles, unwritten, conflicts, opinion } = drafted;
  const kept = principles.filter((principle) => !tellsHidden(principle, mayShow));
  const ids = new Set(kept.map(({ id }) => id));
  const lost = principles.filter(({ id }) => !ids.has(id)).flatMap((principle) => principle.statements);
  return {
    ...drafted,
    principles: kept.map((principle) => ({
      ...principle,
      statements: principle.statements.map((one) => (mayShow(one.id) ? one : { ...one, text: hidden })),
    })),
    unwritten: [
      // What the fault says may quote the demand.
      ...unwritten.map((one) => (mayShow(one.statement) ? one : { ...one, demand: hidden, fault: leftOut })),
      ...lost.filter(({ id }) => !mayShow(id)).map(({ id }) => ({ statement: id, demand: hidden, fault: leftOut })),
    ],
    conflicts: conflicts.filter((conflict) => conflict.ids.every((id) => ids.has(id))),
    opinion: opinion && { ...opinion, texts: opinion.texts.filter(({ id }) => mayShow(id)) },
  };
}

/** The same of a constitution: ids are made of principles' words, so that those of the second vote go with them. */
export function hideRatified(provenance: PublicProvenance, drafted: DraftedConstitution): PublicProvenance {
  const ids = new Set(drafted.principles.map(({ id }) => id));
  const { ratification } = provenance;
  const principles = ratification?.principles.filter(({ id }) => ids.has(id)) ?? [];
  return { ...provenance, drafted, ratification: ratification && { ...ratification, principles } };
}

function tellsHidden(principle: PublicPrinciple, mayShow: (statement: string) => boolean): boolean {
  const { text, critiqueRequest = "", revisionRequest = "", statements } = principle;
  const words = bare([text, critiqueRequest, revisionRequest].join("\n"));
  const unshown = statements.filter(({ id }) => !mayShow(id));
  return unshown.length === statements.length || unshown.some((one) => words.includes(bare(one.text)));
}

/** In any case, and however it is spaced or ends. */
const bare = (text: string): string =>
  text
    .toLowerCase()
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[.!]+$/, "");

const hidden = "(not shown: it waits for moderation, was turned down, or erased)";
const leftOut = "its statement may no longer be shown";
