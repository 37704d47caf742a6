import type { Message } from "../../language-model.ts";

/** Dialogues looked back at: a batch sends several kinds at once. */
const REMEMBERED = 8;

/** Knows how a dialogue begins like one that was sent just before it, for providers that cache only what is marked. */
export class SharedPrefix {
  readonly #recent: (readonly Message[])[] = [];

  /** Turns that a dialogue shares with a recent one, its own last turn never among them; it is remembered in turn. */
  turns(messages: readonly Message[]): number {
    const shared = this.#recent.map((other) => {
      const end = messages.findIndex(
        ({ role, content }, index) => other[index]?.role !== role || other[index]?.content !== content,
      );
      return end < 0 ? messages.length : end;
    });
    this.#recent.unshift(messages);
    this.#recent.splice(REMEMBERED);
    return Math.min(messages.length - 1, Math.max(0, ...shared));
  }
}
