import { describe, expect, it } from "vitest";
import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "./records.ts";
import { testTemplates } from "./scripted.test-support.ts";
import { ownPairs, replayPair, trainingPairs } from "./training-pairs.ts";

const provenance = { schemaVersion: 1, constitutionHash: "c", templateVersion: "test-1", model: "initial" } as const;
const usage = { promptTokens: 3, completionTokens: 2 };

function response(promptId: string, more: Partial<ResponseRecord> = {}): ResponseRecord {
  return {
    ...provenance,
    type: "response",
    id: `sl-cai/${promptId}/response-0`,
    parents: [promptId],
    principleId: null,
    seed: 1,
    promptId,
    kind: "red-team",
    messages: [{ role: "user", content: "q" }],
    sample: 0,
    response: "one two three four",
    finishReason: "stop",
    usage,
    ...more,
  };
}

function revision(promptId: string, round: number, more: Partial<RevisionRecord> = {}): RevisionRecord {
  return {
    ...provenance,
    type: "revision",
    id: `sl-cai/${promptId}/revision-${round}`,
    parents: [`sl-cai/${promptId}/response-0`],
    principleId: "danger",
    seed: 10 + round,
    promptId,
    round,
    tripped: ["danger"],
    revision: `better ${round}`,
    outcome: "usable",
    finishReason: "stop",
    usage,
    ...more,
  };
}

function critique(of: string, round: number, finding: CritiqueRecord["finding"]): CritiqueRecord {
  return {
    ...provenance,
    type: "critique",
    id: `${of}/critique-${round}`,
    parents: [of],
    principleId: "danger",
    seed: 5,
    promptId: "p",
    round,
    critique: "…",
    finding,
    finishReason: "stop",
    usage,
  };
}

const ids = (pairs: ReturnType<typeof trainingPairs>): string[] => pairs.map(({ id }) => id);

describe("training pairs", () => {
  it("are all usable revisions by their rounds, or the last of them, whatever order the records have", () => {
    const records = [revision("p", 2), response("p"), revision("p", 3, { outcome: "copy" }), revision("p", 1)];
    const all = trainingPairs(records, testTemplates, "all");
    expect(all.map(({ completion, round }) => [completion, round])).toEqual([
      ["better 1", 1],
      ["better 2", 2],
    ]);
    expect(ids(all)).toEqual(["sl-cai/p/example-1", "sl-cai/p/example-2"]);
    expect(trainingPairs(records, testTemplates, "final")).toEqual(all.slice(1));
  });

  it("say where they come from", () => {
    const [revised] = trainingPairs([response("p"), revision("p", 1)], testTemplates, "all");
    expect(revised).toEqual({
      ...provenance,
      type: "sl-example",
      id: "sl-cai/p/example-1",
      parents: ["sl-cai/p/revision-1"],
      principleId: "danger",
      seed: 11,
      source: "revision",
      promptId: "p",
      round: 1,
      prompt: "respond Q=q",
      completion: "better 1",
      weight: 1,
    });
    const own = trainingPairs([response("p"), response("h", { kind: "helpful" })], testTemplates, "all");
    expect(own.map(({ id, source, round, principleId }) => [id, source, round, principleId])).toEqual([
      ["sl-cai/p/example-0-0", "unrevised", 0, null],
      ["sl-cai/h/example-0-0", "helpful", 0, null],
    ]);
  });

  it("keep the name of a prompt that looks like a record's", () => {
    const records = [response("response-3"), revision("response-3", 1)];
    expect(ids(trainingPairs(records, testTemplates, "all"))).toEqual(["sl-cai/response-3/example-1"]);
    expect(ids(trainingPairs(records.slice(0, 1), testTemplates, "all"))).toEqual(["sl-cai/response-3/example-0-0"]);
  });

  it("leave out a response that was cut off or is none, not what was revised of it", () => {
    const cut = response("p", { finishReason: "length" });
    const none = response("p", { missing: "content-filter" });
    for (const lacking of [cut, none]) {
      expect(trainingPairs([lacking], testTemplates, "all")).toEqual([]);
      expect(trainingPairs([lacking, revision("p", 1)], testTemplates, "all")).toHaveLength(1);
    }
  });

  it("leave out, where they are read again, what a critique found a breach in, and no more", () => {
    const records = [
      response("p"),
      revision("p", 1),
      revision("p", 2),
      critique("sl-cai/p/revision-1", 2, "breaks"),
      critique("sl-cai/p/revision-2", 3, "keeps"),
      response("q"),
    ];
    expect(ids(trainingPairs(records, testTemplates, "all", true))).toEqual([
      "sl-cai/p/example-2",
      "sl-cai/q/example-0-0",
    ]);
    expect(ids(trainingPairs(records, testTemplates, "all"))).toHaveLength(3);
  });

  it("leave out, where they are read again, a chain in which a round undoes another's work", () => {
    const records = [
      response("p", { response: "take the long knife now" }),
      revision("p", 1, { revision: "I would rather not" }),
      revision("p", 2, { revision: "well take the long one" }),
      response("q"),
    ];
    expect(ids(trainingPairs(records, testTemplates, "all", true))).toEqual(["sl-cai/q/example-0-0"]);
  });

  it("weigh a document of the corpus as it says, else 1", () => {
    const context = { stage: "sl-cai", constitutionHash: "c", templateVersion: "test-1" };
    const replayed = replayPair({ id: "d", prompt: "a", completion: "b", weight: 0.25 }, context);
    expect(replayed).toMatchObject({ id: "sl-cai/replay/d", parents: ["d"], source: "replay", round: 0, weight: 0.25 });
    expect(replayPair({ id: "d", prompt: "a", completion: "b" }, context).weight).toBe(1);
    expect(replayPair({ id: "d", prompt: "a", completion: "b", weight: 0 }, context).weight).toBe(0);
  });
});

describe("ownPairs", () => {
  const answers = [
    response("whole", { kind: "helpful" }),
    response("cut", { kind: "helpful", finishReason: "length" }),
    response("none", { kind: "helpful", response: "", missing: "empty" }),
    response("cut-empty", { kind: "helpful", response: " ", finishReason: "length" }),
  ];

  it("leaves out what was cut, or keeps it with a mark", () => {
    const kept = (keepsCut: boolean) =>
      ownPairs(answers, testTemplates, keepsCut).map(({ promptId, source, isCut }) => [promptId, source, isCut]);
    expect(kept(false)).toEqual([["whole", "helpful", undefined]]);
    expect(kept(true)).toEqual([
      ["whole", "helpful", undefined],
      ["cut", "helpful", true],
    ]);
  });
});
