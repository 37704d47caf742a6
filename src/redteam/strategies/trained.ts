import { ask, type Strategy } from "../strategy.ts";

/** Texts in a row that are no requests, after which a writer is given up. */
const mostUnread = 20;

/** Requests as an attacker model that was trained for it writes them; `precept redteam train` trains one on harbor. */
export const trained: Strategy = {
  id: "trained",
  source: "Perez et al. 2022, arXiv 2202.03286; Hong et al. 2024, arXiv 2402.19464",
  needs: { attacker: true },
  isAdaptive: false,
  ways: (techniques) => [...techniques.map(({ id }) => id), "trained"],
  async *attack(_, { writeTrained }) {
    for (let unread = 0; unread < mostUnread; ) {
      const placed = await writeTrained();
      unread = placed === undefined ? unread + 1 : 0;
      if (placed === undefined) continue;
      const { text, goalId, technique } = placed;
      yield { messages: ask(text), goalId, technique };
    }
  },
};
