import { expect, test } from "vitest";
import { type Conversation, type Vote, weighFlagged } from "../collective/index.ts";
import { pageOf } from "./layout.ts";
import { showAnalysis } from "./show-collective.ts";

const topics = [
  "buses",
  "parks",
  "schools",
  "clinics",
  "taxes",
  "bridges",
  "markets",
  "lamps",
  "museums",
  "\u001b[2Jshops",
];
const page = pageOf({ write: () => undefined }, {});

/** Two camps of twelve people, ten statements, the first three of which all agree with. */
function townOf(vote: (person: number, statement: number) => Vote): Conversation {
  return {
    statements: topics.map((topic, i) => ({
      id: `${i}`,
      text: `The town should build more ${topic}`,
      at: 0,
      isSeed: true,
      isMeta: false,
      moderation: "accepted",
    })),
    votes: Array.from({ length: 240 }, (_, i) => {
      const [person, statement] = [Math.floor(i / 10), i % 10];
      return { participant: `p${person}`, statement: `${statement}`, vote: vote(person, statement), at: 60_000 * i };
    }),
  };
}

function show(town: Conversation): string {
  const shown = showAnalysis(town, weighFlagged(town, { cutOff: 0.6, resamples: 5, shuffles: 39 }), page);
  return shown.replace(/[0-9a-f]{64}/g, "HASH");
}

test("an analysis says groups, what they share, what needs votes, and which voters are flagged", () => {
  const town = townOf((person, statement) => (statement < 3 || (person + statement) % 2 === 0 ? "agree" : "disagree"));
  expect(show(town)).toMatchInlineSnapshot(`
    "24 people, 10 statements, 240 votes

    groups  2
      A  12 people, stable: found again to 100 % in resampled votes
           agrees     93 %  The town should build more taxes
           agrees     93 %  The town should build more markets
           disagrees  93 %  The town should build more clinics
           disagrees  93 %  The town should build more bridges
      B  12 people, stable: found again to 100 % in resampled votes
           agrees     93 %  The town should build more clinics
           agrees     93 %  The town should build more bridges
           disagrees  93 %  The town should build more taxes
           disagrees  93 %  The town should build more markets

    all groups agree with: 3
       93 % [83 % – 99 %]    The town should build more buses
       93 % [83 % – 99 %]    The town should build more parks
       93 % [83 % – 99 %]    The town should build more schools
    all groups reject: 0
    needs more votes: 0
    neither agreed with nor rejected by all groups: 7

    flagged voters: none

    log            sha256:HASH
    configuration  sha256:HASH"
  `);
});

test("without groups it says why, and what everybody agrees with", () => {
  const shown = show(townOf(() => "agree"));
  expect(shown).toContain("no clear groups: everybody voted alike");
  expect(shown).toContain("everybody, as one group, agrees with: 10");
});

test("of nothing it says so", () => {
  expect(show({ statements: [], votes: [] })).toContain("0 people, 0 statements, 0 votes");
});
