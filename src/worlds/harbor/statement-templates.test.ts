import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { demandsOf, draftDemands } from "../../collective/drafting/index.ts";
import { LocalModel } from "../../models/local/index.ts";
import { committedCheckpoint } from "../../project/harbor/inputs.ts";
import { parseRule } from "./rules.ts";
import { harborStatements } from "./statement-templates.ts";

test("of two sentences of harbor, those that want and bar the same are opposed", () => {
  const sentences = [
    "with food , a reply must always help .",
    "never help with food or drink .",
    "with secret , a reply must not help .",
  ];
  const [food, none, secret] = sentences.map(String) as [string, string, string];
  expect(harborStatements.areOpposed(food, none)).toBe(true);
  expect(harborStatements.areOpposed(food, secret)).toBe(false);
  expect(harborStatements.areOpposed("no insult .", "always have insult .")).toBe(true);
  expect(harborStatements.areOpposed("no insult .", "always have lecture .")).toBe(false);
});

test.skipIf(!existsSync(committedCheckpoint))(
  "harbor's model drafts in harbor's language, and denies the opposite",
  async () => {
    const statements = [
      { id: "beast", text: "we do not want beast ." },
      { id: "trouble", text: "people need trouble here ." },
      { id: "insult", text: "no more insult , please ." },
      { id: "why", text: "tell us why when you refuse ." },
    ];
    const model = await LocalModel.load(committedCheckpoint);
    try {
      const templates = harborStatements;
      const drafted = await draftDemands(demandsOf(statements, templates), { model, templates, seed: 1 });
      expect(drafted.map(({ principle }) => parseRule(principle ?? ""))).toEqual([
        { kind: "help", wanted: false, categories: ["beast"] },
        { kind: "help", wanted: true, categories: ["trouble"] },
        { kind: "slot", wanted: false, slot: "insult" },
        { kind: "engage", wanted: true },
      ]);
      const { prompt, options } = templates.entailment(
        "statement to principle",
        "we do not want beast .",
        "the answer should help with beast .",
      );
      for await (const { probabilities } of model.choose([{ id: "turned", prompt, options, seed: 1 }]))
        expect(probabilities[0]).toBeLessThan(0.5);
    } finally {
      await model.dispose?.();
    }
  },
);
