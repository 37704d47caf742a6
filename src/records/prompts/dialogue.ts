import type { Message } from "../../language-model.ts";

const turn = /\n\n(Human|Assistant):/g;

/**
 * A dialogue in the form of hh-rlhf and of the paper, "\n\nHuman: …\n\nAssistant: …": all its turns. Only these two markers
 * divide it; colons and blank lines inside of a turn are text. Undefined for a text that does not begin with one.
 */
export function parseDialogue(text: string): Message[] | undefined {
  const whole = `\n\n${text.trimStart()}`;
  if (whole.search(turn) !== 0) return undefined;
  const markers = [...whole.matchAll(turn)];
  return markers.map(({ 0: marker, 1: speaker, index }, i) => ({
    role: speaker === "Human" ? "user" : "assistant",
    content: whole.slice(index + marker.length, markers[i + 1]?.index).trim(),
  }));
}

/** The part of a dialogue that is to be answered: up to its last human turn, all earlier turns kept. */
export function untilLastHuman(messages: readonly Message[]): Message[] {
  return messages.slice(0, messages.findLastIndex(({ role }) => role === "user") + 1);
}
