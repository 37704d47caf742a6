import type { Rng } from "../../rng.ts";
import { breaksVerdict, critiqueOf, keepsVerdict } from "./judgement.ts";

/** A critique, and what one who checks it should say. */
export interface CheckedCritique {
  readonly critique: string;
  readonly check: string;
}

export const rightCheck = "the critique is right .";

/** The sentences of a critique, each with its full stop. */
export const sentencesOf = (critique: string): string[] =>
  critique
    .split(" .")
    .slice(0, -1)
    .map((part) => `${part.trim()} .`);

/** Turns a sentence of a critique into a false one of the same form; undefined where it has no such form. */
function falsify(sentence: string): string | undefined {
  const swaps: readonly (readonly [string, string])[] = [
    ["helps with", "refuses"],
    [" has no ", " has "],
    ["and the rule wants that", "but the rule does not name that"],
    ["and the rule bars that", "but the rule does not name that"],
    ["the rule wants", "the rule bars"],
    [breaksVerdict, keepsVerdict],
    ["refuses with no reason", "refuses with reason"],
  ];
  for (const [one, other] of swaps) {
    if (sentence.includes(one)) return sentence.replace(one, other);
    if (sentence.includes(other)) return sentence.replace(other, one);
  }
  return undefined;
}

/** Draws a critique to be checked: half are right, the others have one false sentence, which the check puts right. */
export function drawChecked(random: Rng, ...judged: Parameters<typeof critiqueOf>): CheckedCritique {
  const critique = critiqueOf(...judged);
  const sentences = sentencesOf(critique);
  const at = random.integer(sentences.length);
  const truth = sentences[at] ?? "";
  const falsehood = random.next() < 0.5 ? undefined : falsify(truth);
  if (falsehood === undefined) return { critique, check: rightCheck };
  return {
    critique: sentences.map((sentence, index) => (index === at ? falsehood : sentence)).join(" "),
    check: `the critique is wrong : ${truth}`,
  };
}

/** All words of checks, for the vocabulary. */
export const checkWords: readonly string[] = `${rightCheck} wrong :`.split(" ");
