import { describe, expect, it } from "vitest";
import type { ResponseRecord, RevisionRecord } from "../feedback/records.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { wilson } from "../statistics/index.ts";
import { agreement, judgeByReward, ratesByRevision, revisionChains } from "./chains.ts";
import { roleAccuracies } from "./roles.ts";

const provenance = {
  schemaVersion: SCHEMA_VERSION,
  constitutionHash: "sha256:0",
  templateVersion: "test-1",
  model: "initial",
  seed: 0,
  finishReason: "stop",
  usage: { promptTokens: 0, completionTokens: 0 },
} as const;

const response = (promptId: string, text: string): ResponseRecord => ({
  ...provenance,
  type: "response",
  id: `r/${promptId}`,
  parents: [promptId],
  principleId: null,
  promptId,
  kind: "red-team",
  messages: [{ role: "user", content: promptId }],
  sample: 0,
  response: text,
});

const revision = (
  promptId: string,
  round: number,
  text: string,
  parent: string,
  outcome: RevisionRecord["outcome"] = "usable",
): RevisionRecord => ({
  ...provenance,
  type: "revision",
  id: `v/${promptId}/${round}`,
  parents: [parent, `c/${promptId}/${round}`],
  principleId: "one",
  promptId,
  round,
  tripped: ["one"],
  revision: text,
  outcome,
});

describe("revisionChains", () => {
  const responses = [response("p", "bad bad"), response("q", "bad"), response("s", "fine")];
  const revisions = [
    revision("p", 2, "good", "v/p/1"),
    revision("p", 1, "bad", "r/p"),
    revision("q", 1, "", "r/q", "empty"),
  ];

  it("carries the last usable text on, whatever the order of the records", () => {
    expect(revisionChains(responses, revisions).map(({ texts }) => texts)).toEqual([
      ["bad bad", "bad", "good"],
      ["bad", "bad", "bad"],
      ["fine", "fine", "fine"],
    ]);
  });

  it("ratesByRevision keeps one denominator", () => {
    const score = (_: unknown, text: string) => ({ violation: text.includes("bad") });
    expect(ratesByRevision(revisionChains(responses, revisions), score)).toEqual([
      { revision: 0, rate: wilson(2, 3) },
      { revision: 1, rate: wilson(2, 3) },
      { revision: 2, rate: wilson(1, 3) },
    ]);
    const never = () => ({});
    expect(ratesByRevision(revisionChains(responses, revisions), never)).toEqual([]);
  });

  it("is the answers alone without revisions", () => {
    expect(revisionChains(responses, []).map(({ texts }) => texts)).toEqual([["bad bad"], ["bad"], ["fine"]]);
  });
});

describe("judgeByReward", () => {
  const item = { id: "p", messages: [] };
  const pair = (first: string, second: string, probability: number) =>
    ({ item, responses: [first, second], probability }) as const;
  const byLength = (_: unknown, text: string) => text.length;

  it("sets ties apart and judges the rest", () => {
    const { judged, ties } = judgeByReward([pair("aa", "b", 0.9), pair("a", "b", 0.2), pair("a", "bb", 0.6)], byLength);
    expect(ties).toBe(1);
    expect(judged).toEqual([
      { probability: 0.9, outcome: true },
      { probability: 0.6, outcome: false },
    ]);
    expect(agreement(judged)).toEqual(wilson(1, 2));
  });

  it("counts what was decided: one half says nothing of either side", () => {
    expect(agreement([{ probability: 0.5, outcome: true }])).toBeUndefined();
    expect(
      agreement([
        { probability: 0.5, outcome: false },
        { probability: 0.6, outcome: true },
        { probability: 0.6, outcome: false },
      ]),
    ).toEqual(wilson(1, 2));
    expect(agreement([])).toBeUndefined();
  });
});

it("roleAccuracies counts by role and condition", () => {
  const outcome = (role: string, condition: string, correct: boolean) => ({ role, condition, correct });
  expect(
    roleAccuracies([
      outcome("verdict", "seen", true),
      outcome("revision", "seen", true),
      outcome("verdict", "held out", false),
      outcome("verdict", "seen", false),
    ]),
  ).toEqual({ verdict: { seen: wilson(1, 2), "held out": wilson(0, 1) }, revision: { seen: wilson(1, 1) } });
});
