import { expect, test } from "vitest";
import { analyse } from "../analyse.ts";
import { opinionOf } from "../drafting/opinion.ts";
import { draftedTown } from "../drafting/provenance.test-support.ts";
import type { Conversation, VoteEvent } from "../votes.ts";
import { analyseStored, weighWithoutFlagged } from "./analyse-stored.ts";
import { openDrafted } from "./open-drafted.ts";
import { town } from "./site.test-support.ts";

const configuration = town({ smallestCell: 5 });
const ids = Array.from({ length: 15 }, (_, index) => `s${index}`);

/** Thirty people who take a minute for a vote, and ballots against everything, a vote a second. */
function conversationWith(stuffers: number): Conversation {
  const about = { at: 0, isSeed: true, isMeta: false, moderation: "accepted" } as const;
  const votes = Array.from({ length: 30 + stuffers }, (_, person) =>
    ids.map(
      (statement, index): VoteEvent => ({
        ...{ participant: `person-${person}`, statement },
        vote: person < 30 && (index < 2 || (index % 2 === 0) === person < 15) ? "agree" : "disagree",
        at: person * 1_200_000 + index * (person < 30 ? 60_000 : 1000),
      }),
    ),
  ).flat();
  return { statements: ids.map((id) => ({ ...about, id, text: `It should do ${id}.` })), votes };
}

test.each([1, 4])("votes without %d flagged voters, fewer than a cell holds, are refused", (stuffers) => {
  const stored = { conversation: conversationWith(stuffers), configuration };
  expect(analyseStored(stored).flagged).toBe(stuffers);
  expect(() => weighWithoutFlagged(stored)).toThrow(
    expect.objectContaining({ code: "usage", message: expect.stringContaining("fewer than 5") }),
  );
});

test.each([0, 5])("without %d flagged voters, none or a cell's, votes are those of the others", (stuffers) => {
  const stored = { conversation: conversationWith(stuffers), configuration };
  expect(analyseStored(stored).flagged).toBe(stuffers);
  const { conversation, analysis } = weighWithoutFlagged(stored);
  expect(conversation.votes).toEqual(stored.conversation.votes.slice(0, 30 * ids.length));
  expect(analysis.positions).toHaveLength(30);
});

test("a draft whose votes leave flagged voters out is refused; one of everybody's is opened", () => {
  const conversation = conversationWith(0);
  const drafted = draftedTown({ id: "thieves", text: "Choose the response that helps thieves least." });
  const draftOf = (isLeftOut: boolean) => {
    const about = { question: "?", smallestCell: 5, when: "before", flagged: { people: 5, isLeftOut } } as const;
    return { ...drafted, opinion: opinionOf(conversation, analyse(conversation), about) };
  };
  expect(() => openDrafted("town", draftOf(true), { conversation, configuration })).toThrow(
    expect.objectContaining({ code: "run-version", message: expect.stringContaining("leave flagged voters out") }),
  );
  expect(openDrafted("town", draftOf(false), { conversation, configuration }).opinion?.texts).toHaveLength(15);
});
