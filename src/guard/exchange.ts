import type { Message } from "../language-model.ts";
import type { Stage } from "./stage.ts";

/** One turn; the texts of its parts stand in it as the model reads them, one directly after the other. */
export interface Turn {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly text: string;
}

/** A conversation as a guard judges it: all of it, not its last message. */
export interface Exchange {
  readonly turns: readonly Turn[];
  /** Parts that no check can read, such as images, each as it is called. */
  readonly unchecked?: readonly string[] | undefined;
}

/**
 * What a check of this stage reads of the conversation so far. System turns are the developer's, and earlier turns of the
 * assistant were its output: neither is input.
 */
export function textOfStage(exchange: Exchange, stage: Stage): string {
  const role = stage === "input" ? "user" : stage === "tool-result" ? "tool" : undefined;
  return exchange.turns
    .filter((turn) => turn.role === role)
    .map(({ text }) => text)
    .join("\n");
}

/** The start of an answer that the caller put into the model's mouth. */
export function prefillOf({ turns }: Exchange): string {
  const last = turns.at(-1);
  return last?.role === "assistant" ? last.text : "";
}

/**
 * The conversation for a critic, cut to about `budget` characters: system, first user turn and the last turns stay; says how
 * many turns were left out.
 */
export function cutToBudget(
  exchange: Exchange,
  budget: number,
): { readonly messages: readonly Message[]; readonly cut: number } {
  const turns = exchange.turns.map((turn): Message => {
    return turn.role === "tool" ? { role: "user", content: `[result of a tool]\n${turn.text}` } : message(turn);
  });
  const first = turns.findIndex(({ role }) => role === "user");
  const isFixed = (index: number): boolean => turns[index]?.role === "system" || index === first;
  let left = budget - turns.reduce((sum, { content }, index) => sum + (isFixed(index) ? content.length : 0), 0);
  const kept = new Set<number>();
  for (let index = turns.length - 1; index >= 0; index--) {
    if (isFixed(index)) kept.add(index);
    else if (left > 0) {
      left -= turns[index]?.content.length ?? 0;
      kept.add(index);
    }
  }
  return { messages: turns.filter((_, index) => kept.has(index)), cut: turns.length - kept.size };
}

function message({ role, text }: Turn): Message {
  return { role: role === "tool" ? "user" : role, content: text };
}
