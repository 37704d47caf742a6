import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { analyse } from "../analyse.ts";
import { importConversation } from "../import/polis-export.ts";
import { readExport } from "../import/read-export.ts";
import { hasPolisData, polisData } from "../polis/gold.test-support.ts";
import { shuffleVotes } from "../town.test-support.ts";
import type { Conversation } from "../votes.ts";

const quick = { resamples: 10, shuffles: 39 };

async function readOpen(name: string): Promise<Conversation> {
  const files = await readExport(join(polisData, "opendata", name));
  return importConversation({ ...files, matrix: undefined }).conversation;
}

describe.skipIf(!hasPolisData())("an open conversation of Polis", () => {
  test.each(["brexit-consensus", "scoop-hivemind.freshwater"])(
    "%s has the same groups in any order of its log and for any seed, and none once its votes are shuffled",
    async (name) => {
      const conversation = await readOpen(name);
      const groupsOf = (of: Conversation, seed: number) =>
        analyse(of, { ...quick, seed }).positions.map(({ participant, group }) => [participant, group]);
      const once = groupsOf(conversation, 0);
      expect(new Set(once.map(([, group]) => group)).size).toBeGreaterThanOrEqual(2);
      for (let order = 0; order < 2; order++) {
        const random = rng(order, "order");
        const shuffled = {
          statements: random.shuffle(conversation.statements),
          votes: random.shuffle(conversation.votes),
        };
        expect(groupsOf(shuffled, order + 1)).toEqual(once);
      }
      const latest = new Map(conversation.votes.map((event) => [`${event.participant} ${event.statement}`, event]));
      const dealt = shuffleVotes({ ...conversation, votes: [...latest.values()] }, 1);
      expect(analyse(dealt, quick).grouping.state).toBe("no clear groups");
    },
  );
});
