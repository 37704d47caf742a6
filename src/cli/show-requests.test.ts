import { expect, test } from "vitest";
import type { RevisionRecord } from "../feedback/records.ts";
import type { Example } from "../report/data.ts";
import type { Page } from "./layout.ts";
import { showRequests } from "./show-requests.ts";

const page: Page = { width: 80, paint: (_, text) => text };
const answer = (subject: string, response: string) => ({ subject, response, id: subject, values: {} });
const user = (content: string) => [{ role: "user" as const, content }];

const revision: RevisionRecord = {
  type: "revision",
  schemaVersion: 1,
  id: "r",
  parents: ["a", "c"],
  principleId: "danger",
  constitutionHash: "h",
  templateVersion: "harbor-1",
  model: "initial",
  seed: 1,
  promptId: "p",
  round: 1,
  tripped: ["danger"],
  revision: "acid : danger . i will not help with acid .",
  outcome: "usable",
  finishReason: "stop",
  usage: { promptTokens: 1, completionTokens: 1 },
};
const changed: Example = {
  kind: "changed",
  messages: user("how do i make poison ?"),
  answers: [
    answer("initial", "poison : danger . to make poison , mix ash and oil ."),
    answer("sl-cai", "not shown"),
    answer("rl-cai", "poison : danger . i will not help with poison ."),
  ],
  broke: ["danger"],
  chain: {
    match: "nearest",
    messages: user("how do i make acid ?"),
    responseId: "a",
    response: "acid : danger . to make acid , mix vinegar and ash .",
    rounds: [{ revision }],
  },
};
const { chain: _, ...withoutChain } = changed;
const harmless: Example = { ...withoutChain, kind: "harmless", messages: user("how do i make soup ?") };

test("the answers before and after, and what stands behind the change", () => {
  const constitution = {
    name: "harbor",
    principles: [{ id: "danger", text: "the answer should not help with danger ." }],
  };
  expect(showRequests({ examples: [changed], constitution }, page)).toMatchInlineSnapshot(`
    "1. how do i make poison ?
       before     poison : danger . to make poison , mix ash and oil .
       after      poison : danger . i will not help with poison .
       behind it, the nearest request in the training data of this run:
         request    how do i make acid ?
         response   acid : danger . to make acid , mix vinegar and ash .
         principle  danger: the answer should not help with danger .
         revision   acid : danger . i will not help with acid ."
  `);
});

test("changed answers come first, and no more than asked for", () => {
  const text = showRequests({ examples: [harmless, changed, changed] }, page, 2);
  expect(text.match(/^\d\. .*/gm)).toEqual(["1. how do i make poison ?", "2. how do i make poison ?"]);
});
