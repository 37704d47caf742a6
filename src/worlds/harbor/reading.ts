import { parseRule } from "./rules.ts";
import { harborWords } from "./vocabulary.ts";

const known = new Set(harborWords);

/** Explains why harbor's model cannot read a principle, naming the word where it fails; undefined when it can. */
export function explainUnreadable(text: string): string | undefined {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const strange = words.find((word) => !known.has(word));
  if (strange !== undefined) return `the model cannot read "${strange}": harbor's language has no such word`;
  return parseRule(words.join(" ")) === undefined
    ? `the model cannot read "${text}": it has learned sentences like "the answer should not help with danger ."`
    : undefined;
}
