import { type Conversation, isShown, type ModerationTime } from "../votes.ts";
import type { DraftedConstitution } from "./public-constitution.ts";

/** A draft without the words of statements that may be shown no more: turned down since, sent back to wait, or erased. */
export function hideStatements(
  drafted: DraftedConstitution,
  { statements }: Pick<Conversation, "statements">,
  when: ModerationTime,
): DraftedConstitution {
  const shown = new Set(statements.filter(({ moderation }) => isShown(moderation, when)).map(({ id }) => id));
  const mayShow = (statement: string): boolean => shown.has(statement);
  const { principles, unwritten, opinion } = drafted;
  return {
    ...drafted,
    principles: principles.map((principle) => ({
      ...principle,
      statements: principle.statements.map((one) => (mayShow(one.id) ? one : { ...one, text: hidden })),
    })),
    unwritten: unwritten.map((one) => (mayShow(one.statement) ? one : { ...one, demand: hidden })),
    opinion: opinion && { ...opinion, texts: opinion.texts.filter(({ id }) => mayShow(id)) },
  };
}

const hidden = "(not shown: it waits for moderation, was turned down, or erased)";
