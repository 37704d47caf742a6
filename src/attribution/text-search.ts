import MiniSearch from "minisearch";
import type { Prompt } from "../language-model.ts";
import { splitWords } from "../reading/index.ts";

/** A prompt as its words. */
export const textOf = (prompt: Prompt): string =>
  typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join("\n");

/** Texts to be found by the words that they share with a query. */
export class TextSearch {
  readonly #count: number;
  readonly #index: MiniSearch<{ readonly id: number; readonly text: string }>;

  constructor(texts: readonly string[]) {
    this.#count = texts.length;
    this.#index = new MiniSearch({ fields: ["text"], tokenize: splitWords, processTerm: (term) => term });
    this.#index.addAll(texts.map((text, id) => ({ id, text })));
  }

  /** BM25+ of every text, by MiniSearch; 0 of those that share no word. */
  score(query: string): Float64Array {
    const scores = new Float64Array(this.#count);
    for (const { id, score } of this.#index.search(query)) scores[Number(id)] = score;
    return scores;
  }
}
