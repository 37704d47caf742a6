import { ask, type Strategy } from "../strategy.ts";

/** Other spellings of the same request, as many as the budget allows. */
export const bestOfN: Strategy = {
  id: "best-of-n",
  source: "Hughes et al. 2024, arXiv 2412.03556",
  needs: {},
  isAdaptive: false,
  async *attack({ behaviour }, { perturb }) {
    for (;;) yield { messages: ask(perturb(behaviour)) };
  },
};
