import { expect, test } from "vitest";
import { draftPlainWordings } from "../constitution/index.ts";
import { promptText, scriptedModel } from "../models/index.ts";
import { findContradictions } from "./contradictions.ts";
import { draftWordings } from "./wordings.ts";

const principle = { id: "never-swear", text: "Never swear." };
const good = {
  critiqueRequest: "Point out where the assistant swears.",
  revisionRequest: "Rewrite the response so that nobody swears in it.",
  comparisonRequest: "Choose the response that does not swear.",
};
const says = (text: string) => scriptedModel({ generate: () => text });

test("a model's requests are taken as they are, the text stays the person's", async () => {
  const model = says(`Here you are: ${JSON.stringify(good)}`);
  expect(await draftWordings([principle], model)).toEqual([{ principle: { ...principle, ...good }, by: "model" }]);
  expect(model.calls.map((call) => promptText(call.prompt)).join()).toContain("Principle: Never swear.");
});

test.each([
  ["no object", "I would rather not.", "no three requests"],
  ["a request missing", JSON.stringify({ ...good, comparisonRequest: "" }), "no three requests"],
  ["the opposite", JSON.stringify({ ...good, comparisonRequest: "Choose the response that swears." }), "opposite"],
  // As Qwen2.5-Coder-0.5B did.
  [
    "an echo",
    JSON.stringify({
      ...good,
      comparisonRequest: "Choose the response that is more open about what it is not sure of.",
    }),
    "it repeats the example",
  ],
])("%s leaves the template's requests, and says why", async (_, said, fault) => {
  expect(await draftWordings([principle], says(said))).toEqual([
    {
      principle: { ...principle, ...draftPlainWordings("Never swear.") },
      by: "plain",
      fault: expect.stringContaining(fault),
    },
  ]);
});

test("contradictions that a model names, where they are of the list and concern what is new", async () => {
  const list = ["English", "French", "Brief"].map((text) => ({ id: text.toLowerCase(), text: `${text}.` }));
  const model = says(
    '{"contradictions": [{"first": 2, "second": 1, "why": "two languages"}, {"first": 1, "second": 2, "why": "again"}, {"first": 3, "second": 3, "why": "no"}, {"first": 3, "second": 9, "why": "no"}]}',
  );
  const found = [{ ids: ["english", "french"], why: "again" }];
  expect(await findContradictions(list, model)).toEqual(found);
  expect(await findContradictions(list, model, { about: ["french"] })).toEqual(found);
  expect(await findContradictions(list, model, { about: ["brief"] })).toEqual([]);
  expect(await findContradictions(list.slice(0, 1), says("unasked"))).toEqual([]);
});
