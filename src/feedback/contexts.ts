import type { Principle } from "../constitution/index.ts";
import type { Message } from "../language-model.ts";
import { asRule } from "./principle-requests.ts";

/** Whether a principle is followed or broken under a context. */
export type Side = "positive" | "negative";

/** The two system prompts of a principle: its own, or drafted from its text and its inverse. */
export function contextsOf(principle: Principle): Readonly<Record<Side, string>> {
  const rule = asRule(principle.text);
  const { inverse, positive, negative } = principle;
  const broken = inverse === undefined ? `Every answer of yours breaks this rule: ${rule}` : keepRule(asRule(inverse));
  return { positive: positive ?? keepRule(rule), negative: negative ?? broken };
}

/**
 * A conversation under a context of a principle: its system prompt after the conversation's own, and where the principle is
 * followed, its demonstrations as turns before the first.
 */
export function putUnder(messages: readonly Message[], principle: Principle, side: Side): Message[] {
  const [first, ...others] = messages;
  const own = first?.role === "system" ? first.content : undefined;
  const context = contextsOf(principle)[side];
  const shown = side === "negative" ? [] : (principle.demonstrations ?? []);
  return [
    { role: "system", content: own === undefined ? context : `${own}\n\n${context}` },
    ...shown.flatMap(({ prompt, response }): Message[] => [
      { role: "user", content: prompt },
      { role: "assistant", content: response },
    ]),
    ...(own === undefined ? messages : others),
  ];
}

function keepRule(rule: string): string {
  return `Every answer of yours keeps this rule: ${rule}`;
}
