import { ask, type Strategy } from "../strategy.ts";

/** One technique after the other, in an order drawn for each goal; when all were used, from the beginning. */
export const persuasion: Strategy = {
  id: "persuasion",
  source: "Zeng et al. 2024, arXiv 2401.06373",
  needs: { rewriting: true },
  isAdaptive: false,
  ways: (techniques) => techniques.map(({ id }) => id),
  async *attack(goal, { techniques, random, rewrite }) {
    for (let unwritten = 0; unwritten < techniques.length; ) {
      for (const technique of random.shuffle(techniques)) {
        const [text] = await rewrite([{ goal, technique }]);
        unwritten = text === undefined ? unwritten + 1 : 0;
        if (text !== undefined) yield { messages: ask(text), technique: technique.id };
      }
    }
  },
};
