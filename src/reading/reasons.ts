import { englishRefusals, isRefusal } from "./refusals.ts";

/** Words that give a reason in a refusal: a "because", what it would do to whom, or what is wrong with it. */
const reasons: readonly RegExp[] = [
  /\b(?:because|since|as (?:it|this|that|they) (?:is|are|would|could|might|can)|so that)\b/iu,
  /\b(?:would|could|might|may|can|will) (?:\p{L}+ ){0,4}?(?:hurt|harm|damage|destroy|endanger|injure|kill|cause|lead to|put|break|ruin|scare|offend)\b/iu,
  /\b(?:harmful|hurtful|dangerous|unsafe|illegal|unlawful|against the law|a crime|unethical|hateful|cruel|discriminatory|disrespectful|unfair)\b/iu,
];

/** Whether an English text says why, as strings tell: so "says something like a reason". */
export function givesReason(text: string): boolean {
  return reasons.some((reason) => reason.test(text));
}

/** Whether an English text declines, by its first words, and gives no reason. */
export function isBareRefusal(text: string): boolean {
  return isRefusal(text, englishRefusals) && !givesReason(text);
}
