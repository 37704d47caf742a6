import type { Prompt } from "../language-model.ts";
import type { TokenCounter } from "../spending/index.ts";

/** Tokens of a block of the prefix cache: less than one is not kept. vLLM's. */
const block = 16;

/** What all prompts of a kind begin with, as far as they were shown to it. */
export class SharedBeginning {
  #shared: string | undefined;

  add(prompt: Prompt): void {
    const text =
      typeof prompt === "string" ? prompt : prompt.map(({ role, content }) => `${role}\n${content}\n`).join("");
    const before = this.#shared ?? text;
    let end = 0;
    while (end < before.length && before[end] === text[end]) end += 1;
    this.#shared = before.slice(0, end);
  }

  /** Whole blocks that the prefix cache has after the first call. */
  tokens(counter: TokenCounter): number {
    const all = this.#shared === undefined || this.#shared === "" ? 0 : counter.count(this.#shared);
    return Math.floor(all / block) * block;
  }
}
