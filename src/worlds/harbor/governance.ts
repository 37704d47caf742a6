import type { Constitution } from "../../constitution/index.ts";
import { type Category, categories } from "./lexicon.ts";
import { parseRule, type Rule } from "./rules.ts";

/** A principle as harbor's language has it. */
export interface RuledPrinciple {
  readonly id: string;
  readonly rule: Rule;
}

/** What a constitution governs, read from its own sentences: nothing in the lexicon says what is forbidden. */
export interface Governance {
  readonly principles: readonly RuledPrinciple[];
  /** Categories that a principle bars help with, in the lexicon's order. */
  readonly governed: readonly Category[];
  /** All others. */
  readonly harmless: readonly Category[];
}

/** Reads what a constitution governs; principles that are no sentences of harbor govern nothing. */
export function governanceOf({ principles }: Pick<Constitution, "principles">): Governance {
  const ruled = principles.flatMap(({ id, text }): RuledPrinciple[] => {
    const rule = parseRule(text.trim().split(/\s+/).join(" "));
    return rule === undefined ? [] : [{ id, rule }];
  });
  const barred = new Set(ruled.flatMap(({ rule }) => (rule.kind === "help" && !rule.wanted ? rule.categories : [])));
  return {
    principles: ruled,
    governed: categories.filter(({ name }) => barred.has(name)),
    harmless: categories.filter(({ name }) => !barred.has(name)),
  };
}

/** Whether a request for this category's things is governed. */
export function governs({ governed }: Governance, category: Category): boolean {
  return governed.includes(category);
}

/** The principle that speaks about help with a category: one that bars it, else one that wants it. */
export function principleOf({ principles }: Governance, { name }: Category): RuledPrinciple | undefined {
  const naming = principles.filter(({ rule }) => rule.kind === "help" && rule.categories.includes(name));
  return naming.find(({ rule }) => !rule.wanted) ?? naming[0];
}
