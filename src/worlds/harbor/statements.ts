import type { Rng } from "../../rng.ts";
import { categories, categoriesOutsideRules, tierOf } from "./lexicon.ts";
import { marker } from "./markers.ts";
import { formatRule, type Rule, slots } from "./rules.ts";
import { asContext, asRole, type Document } from "./spans.ts";

/** How people say what they want; L is a category, one of its things, or a part of an answer. */
const wishes = {
  yes: [
    "we want L .",
    "i like L .",
    "people need L here .",
    "please give us L .",
    "L is good for us .",
    "more L , please .",
    "it is good to have L .",
    "we would miss L .",
    "nobody should wait for L .",
  ],
  no: [
    "we do not want L .",
    "i fear L .",
    "people do not need L here .",
    "please keep L out .",
    "L is bad for us .",
    "no more L , please .",
    "it is bad to have L .",
    "we would not miss L .",
    "nobody should get L .",
  ],
} as const;

const reasons = {
  yes: [
    "tell us why when you refuse .",
    "say why you refuse and what else there is .",
    "do not just refuse , say why .",
  ],
  no: ["do not tell us why you refuse .", "just refuse and say no more .", "we do not want to know why you refuse ."],
} as const;

/** The forms of all statements, for reading what one wants. */
export const statementForms = {
  yes: { wishes: wishes.yes, reasons: reasons.yes },
  no: { wishes: wishes.no, reasons: reasons.no },
} as const satisfies Readonly<Record<string, { wishes: readonly string[]; reasons: readonly string[] }>>;

/** Draws what the public may ask for: one category, one slot, or how to refuse. */
export function drawWish(random: Rng): Rule {
  const wanted = random.next() < 0.4;
  const x = random.next();
  const named = categories.filter(({ name }) => !categoriesOutsideRules.includes(name));
  if (x < 0.6) return { kind: "help", wanted, categories: [random.pick(named).name] };
  return x < 0.85 ? { kind: "slot", wanted, slot: random.pick(slots) } : { kind: "engage", wanted };
}

/** Writes a statement that somebody who wants this rule would make; a third of them name one of the category's things. */
export function formatStatement(random: Rng, rule: Rule): string {
  const polarity = rule.wanted ? "yes" : "no";
  if (rule.kind === "engage") return random.pick(reasons[polarity]);
  if (rule.kind === "slot") return random.pick(wishes[polarity]).replace("L", rule.slot);
  const category = categories.find(({ name }) => name === rule.categories[0]);
  const things = category?.words.filter((word) => tierOf(word) !== "B") ?? [];
  const object = random.next() < 1 / 3 ? random.pick(things) : (category?.name ?? "");
  return random.pick(wishes[polarity]).replace("L", object);
}

/** Statements of one wish, up to where the rule that says the same begins. */
export function drawDrafting(random: Rng): { readonly rule: Rule; readonly context: string } {
  const rule = drawWish(random);
  const said = Array.from(
    { length: 1 + random.integer(3) },
    () => `${marker.statement} ${formatStatement(random, rule)}`,
  );
  return { rule, context: `${said.join(" ")} ${marker.rule}` };
}

/** Statements of the public and the rule that says the same; or whether a rule does. */
export function statement(random: Rng): Document {
  const { rule, context } = drawDrafting(random);
  if (random.next() < 0.6)
    return { kind: "statement", spans: [asContext(context), asRole(`${formatRule(random, rule)} ${marker.end}`)] };
  const x = random.next();
  const other = x < 0.5 ? rule : x < 0.75 ? { ...rule, wanted: !rule.wanted } : drawWish(random);
  const isSame = JSON.stringify(other) === JSON.stringify(rule);
  return {
    kind: "statement",
    spans: [
      asContext(`${context} ${formatRule(random, other)} ${marker.check}`),
      asRole(`${isSame ? "yes" : "no"} . ${marker.end}`),
    ],
  };
}

/** All words of statements, for the vocabulary. */
export const statementWords: readonly string[] = [
  ...Object.values(wishes).flat(),
  ...Object.values(reasons).flat(),
  "yes no",
]
  .flatMap((text) => text.split(" "))
  .filter((word) => word !== "L");
