import { describe, expect, test } from "vitest";
import { composeDrafted, mergePrinciples } from "./compose.ts";
import { findConflicts } from "./conflicts.ts";
import type { DraftedStatement } from "./drafted-statement.ts";
import { publicProvenanceSchema } from "./public-constitution.ts";
import { type RatificationVote, ratifyConstitution } from "./ratify.ts";
import { selectStatements } from "./select.ts";
import { analysisOf, conversationOf } from "./small-town.test-support.ts";
import { plainStatements } from "./templates.ts";

const { conversation, analysis } = { conversation: conversationOf(), analysis: analysisOf() };
const selection = { by: "posterior", probability: 0.95 } as const;
const selected = selectStatements(conversation, analysis, selection, { seed: 1, when: "before" });

const recordOf = (statement: string, principle: string | null): DraftedStatement => ({
  type: "drafted-statement",
  schemaVersion: 1,
  id: `draft-statements/${statement}`,
  parents: [`statement/${statement}`],
  principleId: null,
  constitutionHash: "",
  templateVersion: "statements-2",
  model: "scripted",
  seed: 1,
  statement,
  demand: statement,
  parts: 1,
  several: null,
  principle,
  by: principle === null ? "nobody" : "model",
  checks: { polarity: "same", scope: "kept", lost: [], added: [] },
  entailment: { "statement to principle": { yes: 0.9 }, "principle to statement": { yes: 0.7 } },
  ...(principle === null && {
    refused: { text: "", fault: "no principle could be read", checks: null, entailment: null },
  }),
});

const records = [
  recordOf("s1", "Choose the response that lies least."),
  recordOf("s2", "Choose the response that LIES least."),
  recordOf("s3", null),
];
const options = {
  title: "town",
  analysis,
  selection,
  weighting: "lower-bound",
  seed: 1,
  drafter: "scripted",
  templates: plainStatements,
} as const;
const principles = mergePrinciples(selected, records, options);
const drafted = composeDrafted(principles, [], selected, records, options);

test("statements of one sense are one principle that rests on both, and what nobody could write is listed", () => {
  expect(selected.statements.map(({ id }) => id)).toEqual(["s1", "s2", "s3"]);
  expect(drafted.principles.map(({ id, statements }) => [id, statements.map((one) => one.id)])).toEqual([
    ["lies-least", ["s1", "s2"]],
  ]);
  expect(
    drafted.principles[0]?.drafts.map(({ fromStatement, fromPrinciple }) => [fromStatement, fromPrinciple]),
  ).toEqual([
    [0.9, 0.7],
    [0.9, 0.7],
  ]);
  expect(drafted.unwritten).toEqual([{ statement: "s3", demand: "s3", fault: "no principle could be read" }]);
});

describe("ratification", () => {
  const vote = (participant: string, said: RatificationVote["vote"], principle = "lies-least"): RatificationVote => ({
    participant,
    principle,
    vote: said,
  });
  const votes = [..."abcdef"].map((participant, index) => vote(participant, index < 4 ? "agree" : "disagree"));
  const groupOf = new Map([..."abcdef"].map((participant, index) => [participant, index % 2]));

  test("keeps what enough agree with, and counts by group", () => {
    const { constitution, provenance } = ratifyConstitution(drafted, votes, { groupOf });
    expect(constitution.principles.map(({ id, source, weight }) => [id, source, weight])).toEqual([
      ["lies-least", "statements s1, s2; provenance.json", 1],
    ]);
    expect(provenance.ratification?.principles).toEqual([
      {
        id: "lies-least",
        counts: { agree: 4, pass: 0, disagree: 2 },
        // Three of each group: fewer than may be shown, to whoever has the file.
        groupCounts: [null, null],
        share: { estimate: 4 / 6, low: expect.closeTo(0.3, 2), high: expect.closeTo(0.9, 2) },
        state: "ratified",
      },
    ]);
    expect(publicProvenanceSchema.parse(JSON.parse(JSON.stringify(provenance)))).toEqual(provenance);
  });

  test.each([
    [
      "too few agree",
      [...votes.slice(0, 3), ...["d", "e"].map((one) => vote(one, "disagree")), vote("f", "disagree")],
      "refused",
    ],
    ["too few vote", votes.slice(0, 4), "needs more votes"],
    ["all pass", votes.map(({ participant }) => vote(participant, "pass")), "needs more votes"],
    ["nobody votes", [], "needs more votes"],
  ])("refuses a principle where %s", (_, said, state) => {
    const { constitution, provenance } = ratifyConstitution(drafted, said);
    expect(constitution.principles).toEqual([]);
    expect(provenance.ratification?.principles[0]?.state).toBe(state);
  });

  test("counts the latest vote of each, in any order of the others, and is a pure function of both", () => {
    const changed = [
      vote("e", "agree"),
      ...votes.slice(0, 4),
      vote("f", "agree"),
      vote("e", "disagree"),
      vote("f", "disagree"),
    ];
    expect(ratifyConstitution(drafted, changed, { groupOf })).toEqual(ratifyConstitution(drafted, votes, { groupOf }));
    expect(ratifyConstitution(drafted, [...votes].reverse(), { groupOf })).toEqual(
      ratifyConstitution(drafted, votes, { groupOf }),
    );
  });

  test("is not needed, and the file says that there was none", () => {
    const { constitution, provenance } = ratifyConstitution(drafted, undefined, { version: 3 });
    expect(constitution.principles).toHaveLength(1);
    expect(provenance.ratification).toBeNull();
    expect(constitution.source).toContain("version 3");
    expect(constitution.source).toContain("not ratified by a second vote");
    expect(constitution.source).toContain(`log sha256:${analysis.hashes.log}`);
  });
});

test("conflicts are listed by rule, and never dropped", async () => {
  const list = [
    { id: "most", text: "Choose the response that is most polite to everyone." },
    { id: "least", text: "Choose the response that is least polite to everyone." },
    { id: "other", text: "Choose the response that names its sources." },
  ];
  expect(await findConflicts(list, plainStatements)).toEqual([
    { ids: ["most", "least"], by: "rule", why: "one forbids what the other asks for" },
  ]);
});

test("a principle's statements hold no cell of few people, nor what could be computed back to one", () => {
  const records = [recordOf("s1", "Choose the response that lies least.")];
  const sourceAt = (smallest: number) =>
    mergePrinciples(selected, records, { templates: plainStatements, weighting: "uniform", smallest })[0]
      ?.statements[0];
  expect(sourceAt(5)).toMatchObject({
    groupCounts: [
      { agree: 30, disagree: 1 },
      { agree: 20, disagree: 1 },
    ],
    agreement: { lower: 0.8 },
  });
  expect(sourceAt(25)).toMatchObject({
    ...{ counts: { agree: 50, disagree: 2 }, groupCounts: [null, null], groupAwareConsensus: null, agreement: null },
  });
});

describe("of a slate", () => {
  const slate = {
    statements: selected.statements.map((one) => ({ ...one, gain: 12.5 })),
    unrepresented: [{ statement: "s4", voters: 20 }],
  };
  const draftOf = (further: { readonly smallest?: number; readonly withoutFlagged?: boolean }) => {
    const all = { ...options, ...further };
    return composeDrafted(mergePrinciples(slate, records, all), [], slate, records, all);
  };
  const gainsOf = (further: Parameters<typeof draftOf>[0]) =>
    draftOf(further).principles.flatMap(({ statements }) => statements.map(({ gain }) => gain));

  test("what a seat gained stands only beside whole cells: it is a function of the groups' counts", () => {
    expect(gainsOf({ smallest: 5 })).toEqual([12.5, 12.5]);
    expect(gainsOf({ smallest: 25 })).toEqual([undefined, undefined]);
  });

  test("no number of the unflagged stands beside everybody's votes", () => {
    expect(draftOf({}).unrepresented).toEqual(slate.unrepresented);
    expect(draftOf({ withoutFlagged: true }).unrepresented).toEqual([]);
    expect(gainsOf({ withoutFlagged: true })).toEqual([undefined, undefined]);
  });
});
