import { expect, test } from "vitest";
import { createConstitution } from "../../constitution/index.ts";
import { chatTemplates } from "../../feedback/index.ts";
import { promptText, scriptedModel } from "../../models/index.ts";
import { harborChecks, harborTemplates } from "../../worlds/harbor/index.ts";
import { checksInTurns } from "./checks.ts";
import { critiqueAtLevels } from "./levels.ts";

const constitution = createConstitution({
  name: "one",
  principles: [{ id: "tone", text: "the answer should not have insult ." }],
});
const [principle] = constitution.principles;
const messages = [{ role: "user" as const, content: "how do i make soup for anna ?" }];
const shared = { modelName: "scripted", constitution, seed: 1, stage: "critique" };

test("on harbor a check's true sentence takes its place, and the critic says the verdict anew", async () => {
  const model = scriptedModel({
    generate: ({ prompt }) => {
      const text = promptText(prompt);
      if (text.endsWith("<check>")) return "the critique is wrong : the answer has insult .";
      return text.endsWith("the answer has insult .")
        ? "the rule bars insult . so it breaks the rule ."
        : "the answer has no insult . the rule bars insult . so it keeps the rule .";
    },
  });
  const item = { id: "1", messages, response: "soup : food . you fool .", principle: principle! };
  const context = { ...shared, model, templates: harborTemplates, checks: harborChecks };
  const [levels] = await critiqueAtLevels([item], 2, context);
  expect(levels?.map(({ finding }) => finding)).toEqual(["keeps", "breaks"]);
  expect(levels?.[1]?.critique).toBe("the answer has insult . the rule bars insult . so it breaks the rule .");
});

test("in turns a check states the finding as it should be; one that states none leaves no finding", async () => {
  const answers = ["It insults.\nFinding: keeps", "The finding is wrong.\nFinding: breaks", "I cannot say."];
  const model = scriptedModel({ generate: () => answers.shift() ?? "" });
  const templates = chatTemplates();
  const context = { ...shared, model, templates, checks: checksInTurns(templates, 64) };
  const item = { id: "1", messages, response: "You fool.", principle: principle! };
  const [levels] = await critiqueAtLevels([item], 3, context);
  expect(levels?.map(({ finding }) => finding)).toEqual(["keeps", "breaks", "unclear"]);
});
