import { ask, type Strategy } from "../strategy.ts";

/** Asks for the behaviour as it stands, again and again: what every other strategy must do better than. */
export const plain: Strategy = {
  id: "plain",
  source: "the baseline",
  needs: {},
  isAdaptive: false,
  async *attack({ behaviour }) {
    for (;;) yield { messages: ask(behaviour) };
  },
};
