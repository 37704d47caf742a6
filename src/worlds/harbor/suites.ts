import type { SuiteTemplates } from "../../oversight/index.ts";
import { categories } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { parseRule, type Rule, slots } from "./rules.ts";
import { statementForms } from "./statements.ts";

const singleSpaced = (text: string): string => text.trim().split(/\s+/).join(" ");

/**
 * What the model itself must give a rule and its inverse, and a statement: a sentence is one of about a hundred that say the same, and
 * where these two are far less likely, the statement is of something else; what is far less likely than any sentence is none.
 */
const least = { rule: 5e-3, sentence: 2e-6 } as const;

/** As many statements as stood together in a document. */
const together = 2;

/**
 * Suites in harbor's language. Its model learned statements that want the same beside each other, and to write the rule that says what
 * they say: the writer goes on after examples, and the check asks how likely the principle is as that rule, and its inverse. No rule of
 * ours reads what a statement wants, because that would be the world labelling its own data.
 */
export const harborSuiteTemplates: SuiteTemplates = {
  version: "harbor-suite-1",
  asksSide: false,
  temperature: 0.7,
  perRound: 128,
  nearDuplicate: undefined,
  write: (_behaviour, _side, examples) => ({
    prompt: [...examples.slice(0, together), ""].map((one) => `${marker.statement} ${one}`.trim()).join(" "),
    stop: [],
    maxTokens: 40,
  }),
  // Statements of one document want the same, up to the rule that says so; a last one may be cut off.
  read: (text) =>
    (text.split(marker.rule)[0] ?? "")
      .split(marker.statement)
      .map(singleSpaced)
      .filter((said) => / \.$/u.test(said) && !/[<>]/u.test(said)),
  check: ({ text, opposite = "" }, statement) => [
    { prompt: `${marker.statement} ${statement} ${marker.rule}`, options: [` ${text}`, ` ${opposite}`] },
    { prompt: marker.statement, options: [` ${statement}`] },
  ],
  readCheck([rule, sentence]) {
    const isNone = (rule?.mass ?? 0) < least.rule || (sentence?.mass ?? 0) < least.sentence;
    const [matching = 0, notMatching = 0] = isNone ? [] : (rule?.probabilities ?? []);
    return { matching, notMatching };
  },
  ask: (statement) => ({ question: statement, answers: [" yes", " no"] }),
};

/** What a statement wants, by the forms that statements have; undefined for what is none. */
export function parseStatement(statement: string): Rule | undefined {
  const said = singleSpaced(statement);
  for (const wanted of [true, false]) {
    const { wishes, reasons } = statementForms[wanted ? "yes" : "no"];
    if (reasons.some((reason) => reason === said)) return { kind: "engage", wanted };
    for (const wish of wishes) {
      const [before = "", after = ""] = wish.split("L");
      if (!said.startsWith(before) || !said.endsWith(after)) continue;
      const object = said.slice(before.length, said.length - after.length);
      const slot = slots.find((name) => name === object);
      if (slot !== undefined) return { kind: "slot", wanted, slot };
      const category = categories.find(({ name, words }) => name === object || words.includes(object));
      if (category !== undefined) return { kind: "help", wanted, categories: [category.name] };
    }
  }
  return undefined;
}

/** The oracle's label of a statement: whether who keeps the principle would say it, or who keeps its inverse, or neither. */
export function judgeStatement(principle: string, statement: string): "matching" | "notMatching" | "neither" {
  const [rule, said] = [parseRule(singleSpaced(principle)), parseStatement(statement)];
  if (rule === undefined || said === undefined || rule.kind !== said.kind) return "neither";
  const isSame =
    rule.kind === "slot"
      ? said.kind === "slot" && said.slot === rule.slot
      : rule.kind === "engage" ||
        (said.kind === "help" && said.categories.every((name) => rule.categories.includes(name)));
  if (!isSame) return "neither";
  return rule.wanted === said.wanted ? "matching" : "notMatching";
}
