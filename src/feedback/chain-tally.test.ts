import { expect, test } from "vitest";
import type { ChainRecord } from "./chain-faults.ts";
import { ChainTally } from "./chain-tally.ts";

const common = {
  schemaVersion: 1,
  constitutionHash: "c",
  templateVersion: "t-1",
  model: "initial",
  seed: 1,
  finishReason: "stop",
  usage: { promptTokens: 1, completionTokens: 1 },
} as const;
/** A chain of answers, each revised since a critique found a breach; `last` is what a critique says of the last one. */
function chain(promptId: string, texts: readonly string[], last?: "breaks" | "keeps"): ChainRecord[] {
  const idOf = (i: number): string => `sl-cai/${promptId}/${i === 0 ? "response" : `revision-${i}`}`;
  return texts.flatMap((text, i): ChainRecord[] => {
    const finding = i < texts.length - 1 ? "breaks" : last;
    const of = { ...common, promptId, principleId: "calm" };
    const critique: ChainRecord[] =
      finding === undefined
        ? []
        : [
            {
              ...{
                ...of,
                type: "critique",
                id: `sl-cai/${promptId}/critique-${i + 1}`,
                parents: [idOf(i)],
                round: i + 1,
              },
              ...{ critique: "so", finding },
            },
          ];
    const answer: ChainRecord =
      i === 0
        ? {
            ...{ ...of, type: "response", principleId: null, id: idOf(0), parents: [promptId], kind: "red-team" },
            ...{ messages: [], sample: 0, response: text },
          }
        : {
            ...{ ...of, type: "revision", id: idOf(i), parents: [idOf(i - 1)], round: i, tripped: ["calm"] },
            ...{ revision: text, outcome: "usable" },
          };
    return [answer, ...critique];
  });
}

test("counts chains with a fault once each, with the records that show it", () => {
  const tally = new ChainTally();
  const chains = [
    chain("a", ["mix the red lye", "I would rather not", "well , mix the red lye"], "keeps"),
    chain("b", ["mix the red lye", "I would rather not"]),
    chain("c", ["mix the red lye", "no"], "breaks"),
    chain("d", ["hello"], "keeps"),
    chain("e", ["mix it"], "breaks"),
  ];
  for (const record of chains.flat()) tally.add(record);
  const { examples, byRevisions, ...counts } = tally.result();
  expect(counts).toEqual({ chains: 5, putBacks: 1, stillBreaking: 2, unread: 1 });
  expect(byRevisions).toEqual({ "0": 2, "1": 2, "2": 1 });
  expect(examples.putBacks).toEqual([{ id: "sl-cai/a/revision-2", text: "well , mix the red lye" }]);
  expect(examples.unread.map(({ id }) => id)).toEqual(["sl-cai/b/revision-1"]);
  expect(examples.stillBreaking.map(({ id }) => id)).toEqual(["sl-cai/c/revision-1", "sl-cai/e/response"]);
});

test("a helpful prompt that nobody criticised is no chain, and revisions without critiques are not said to be unread", () => {
  const tally = new ChainTally();
  for (const record of chain("h", ["hello"]))
    tally.add(record.type === "response" ? { ...record, kind: "helpful" } : record);
  for (const record of chain("i", ["a b c", "d e f"])) if (record.type !== "critique") tally.add(record);
  expect(tally.result()).toMatchObject({ chains: 1, unread: 0 });
});
