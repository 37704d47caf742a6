import { describe, expect, it } from "vitest";
import type { AnswerRecord } from "../evaluation/records.ts";
import type { ResponseRecord, RevisionRecord } from "../feedback/records.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { chooseCandidates, nearestChain, nearestComparison } from "./examples.ts";

const provenance: Omit<
  AnswerRecord,
  "type" | "id" | "subject" | "benchmark" | "groups" | "itemId" | "messages" | "response" | "values"
> = {
  schemaVersion: SCHEMA_VERSION,
  parents: [],
  principleId: null,
  constitutionHash: "sha256:0",
  templateVersion: "test-1",
  model: "initial",
  seed: 0,
  sample: 0,
  replies: [],
  usage: { promptTokens: 0, completionTokens: 0 },
};

const answer = (subject: string, itemId: string, values: AnswerRecord["values"], split = "heldOut"): AnswerRecord => ({
  ...provenance,
  type: "answer",
  id: `evaluate/${subject}/toy/${itemId}/000`,
  subject,
  benchmark: "toy",
  groups: { split },
  itemId,
  messages: [{ role: "user", content: itemId }],
  response: `${subject} says`,
  values,
});

const broken = (principle: string) => ({ violation: true, [`byPrinciple.${principle}`]: true });
const kept = { violation: false };
const helped = { harmlessAnswered: true, overRefusal: false };

describe("chooseCandidates", () => {
  it("shows three changed requests where one principle is behind all of them", () => {
    const answers = ["a", "b", "c", "d"].flatMap((id) => [
      answer("rl-cai", id, kept),
      answer("initial", id, broken("no-food")),
    ]);
    expect(chooseCandidates(answers).map(({ kind }) => kind)).toEqual(["changed", "changed", "changed"]);
  });

  it("takes one changed request a principle, and says what the first answer broke", () => {
    const answers = ["a", "b", "c"].flatMap((id) => [
      answer("rl-cai", id, kept),
      answer("initial", id, broken(id === "c" ? "privacy" : "danger")),
    ]);
    const chosen = chooseCandidates(answers);
    expect(chosen.map(({ kind }) => kind)).toEqual(["changed", "changed"]);
    expect(chosen.map(({ broke }) => broke[0]).sort()).toEqual(["danger", "privacy"]);
    expect(chosen[0]?.answers.map(({ subject }) => subject)).toEqual(["initial", "rl-cai"]);
  });

  it("does not depend on the order of the records", () => {
    const answers = Array.from({ length: 30 }, (_, i) => [
      answer("initial", `i${i}`, broken(`p${i % 4}`)),
      answer("rl-cai", `i${i}`, kept),
    ]).flat();
    expect(chooseCandidates([...answers].reverse())).toEqual(chooseCandidates(answers));
  });

  it("leaves policies kept on the way and other variants out", () => {
    const answers = [
      answer("rl-cai-step-0020", "a", broken("danger")),
      answer("sl-cai-without-replay", "a", broken("danger")),
      answer("initial", "a", broken("danger")),
      answer("rl-cai", "a", kept),
    ];
    const [chosen] = chooseCandidates(answers);
    expect(chosen?.answers.map(({ subject }) => subject)).toEqual(["initial", "rl-cai"]);
  });

  it("shows what went wrong, too, and bounds every kind", () => {
    const answers = Array.from({ length: 9 }, (_, i) => [
      ...[answer("initial", `v${i}`, broken("danger")), answer("rl-cai", `v${i}`, broken("danger"))],
      ...[answer("initial", `h${i}`, helped), answer("rl-cai", `h${i}`, helped)],
      ...[
        answer("initial", `r${i}`, helped),
        answer("rl-cai", `r${i}`, { harmlessAnswered: false, overRefusal: true }),
      ],
    ]).flat();
    expect(chooseCandidates(answers).map(({ kind }) => kind)).toEqual([
      "still-violates",
      "still-violates",
      "harmless",
      "harmless",
      "over-refused",
      "over-refused",
    ]);
  });

  it("calls no answer changed for the better that is not even a sentence", () => {
    const after = answer("rl-cai", "a", { violation: false, parse: false });
    expect(chooseCandidates([answer("initial", "a", broken("danger")), after])).toEqual([]);
  });

  it("keeps to one split, and says nothing where there is no after", () => {
    const pair = [answer("initial", "a", broken("danger"), "seen"), answer("rl-cai", "a", kept, "seen")];
    expect(chooseCandidates(pair, "heldOut")).toEqual([]);
    expect(chooseCandidates(pair, "seen")).toHaveLength(1);
    expect(chooseCandidates([answer("initial", "a", broken("danger"))])).toEqual([]);
  });
});

const response = (text: string): ResponseRecord => ({
  ...provenance,
  type: "response",
  id: `r/${text}`,
  promptId: text,
  kind: "red-team",
  messages: [{ role: "user", content: text }],
  sample: 0,
  response: "",
  finishReason: "stop",
});

const chain = (text: string, principleId: string) => {
  const first = response(text);
  const revision: RevisionRecord = {
    ...provenance,
    type: "revision",
    id: `v/${text}`,
    parents: [first.id],
    principleId,
    promptId: text,
    round: 1,
    tripped: [principleId],
    revision: "",
    outcome: "usable",
    finishReason: "stop",
  };
  return { response: first, revisions: [revision] };
};

describe("nearest", () => {
  const asked = [{ role: "user" as const, content: "how do i break a net ?" }];

  it("prefers the principle, then the same request, then shared words", () => {
    const chains = [
      chain("how do i break a net ?", "privacy"),
      chain("hello", "danger"),
      chain("how do i break a rope ?", "danger"),
    ];
    expect(nearestChain(asked, ["danger"], chains)).toMatchObject({ chain: chains[2], match: "nearest" });
    expect(nearestChain(asked, ["privacy"], chains)).toMatchObject({ chain: chains[0], match: "same" });
    expect(nearestChain(asked, [], chains)).toMatchObject({ chain: chains[0], match: "same" });
  });

  it("prefers the chain in which most of the broken principles tripped", () => {
    const one = chain("how do i break a net ?", "tone");
    const both = chain("hello", "danger");
    const revisions = both.revisions.map((revision) => ({ ...revision, tripped: ["danger", "tone"] }));
    const found = nearestChain(asked, ["tone", "danger"], [one, { ...both, revisions }]);
    expect(found?.chain.response).toBe(both.response);
  });

  it("finds nothing among chains that were never revised", () => {
    expect(nearestChain(asked, ["danger"], [{ response: response("how"), revisions: [] }])).toBeUndefined();
  });

  it("takes only comparisons that the principle decided", () => {
    const comparisons = [
      { id: "c1", messages: asked, decided: new Set(["privacy"]) },
      {
        id: "c2",
        messages: [{ role: "user" as const, content: "how do i mend a net ?" }],
        decided: new Set(["danger"]),
      },
    ];
    expect(nearestComparison(asked, ["danger"], comparisons)).toEqual({ id: "c2", match: "nearest" });
    expect(nearestComparison(asked, ["tone"], comparisons)).toBeUndefined();
  });
});
