import type { StatementTemplates } from "../../collective/drafting/index.ts";
import { marker } from "./markers.ts";
import { explainUnreadable } from "./reading.ts";
import { parseRule } from "./rules.ts";

const singleSpaced = (text: string): string => text.trim().split(/\s+/).join(" ");

/**
 * Drafting in harbor's language: its model was pre-trained to write the rule that says what statements say, and to say
 * whether a rule does. It was asked that in one form only, so both directions of entailment are this one question; no rule of
 * ours reads what a statement wants, because that would be the world labelling its own data.
 */
export const harborStatements: StatementTemplates = {
  version: "harbor-statements-1",
  hasRequests: false,
  split: (statement) => [singleSpaced(statement)],
  askSeveral: () => undefined,
  draft: (statement) => ({ prompt: `${marker.statement} ${singleSpaced(statement)} ${marker.rule}`, maxTokens: 40 }),
  readPrinciple(said) {
    const text = singleSpaced(said);
    return explainUnreadable(text) === undefined ? text : undefined;
  },
  writePlain: () => undefined,
  checkPolarity: () => "unclear",
  checkScope: () => ({ verdict: "unclear", lost: [], added: [] }),
  entailment: (_direction, statement, principle) => ({
    prompt: `${marker.statement} ${singleSpaced(statement)} ${marker.rule} ${principle} ${marker.check}`,
    options: [" yes", " no"],
  }),
  areOpposed(first, second) {
    const [one, other] = [parseRule(first), parseRule(second)];
    if (one === undefined || other === undefined || one.wanted === other.wanted) return false;
    if (one.kind === "help" && other.kind === "help")
      return one.categories.some((name) => other.categories.includes(name));
    if (one.kind === "slot" && other.kind === "slot") return one.slot === other.slot;
    return one.kind === other.kind;
  },
  senseOf: (principle) => JSON.stringify(parseRule(principle) ?? principle),
};
