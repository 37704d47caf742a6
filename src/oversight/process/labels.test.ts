import { expect, test } from "vitest";
import { promptText, scriptedModel } from "../../models/index.ts";
import { sentenceForm } from "../../training/index.ts";
import { labelByLikelihood, labelByQuestion, labelOutcomes } from "./labels.ts";

const trace = { id: "t", prompt: "1 + 1 + 1 ?", steps: ["1 + 1 = 2 .", "2 + 1 = 4 .", "so 4 ."] };

test("a step is right where the labeller would have said every token of it; nothing is said after the first wrong one", async () => {
  const asked: string[] = [];
  const model = scriptedModel({
    score: ({ prompt, continuation }) => {
      asked.push(promptText(prompt));
      return continuation
        .trim()
        .split(" ")
        .map((word) => (word === "4" ? Math.log(0.1) : Math.log(0.9)));
    },
  });
  const context = { model, modelName: "m", stage: "process" };
  expect(await labelByLikelihood([trace], sentenceForm, context)).toEqual([[1, 0, null]]);
  expect(asked[1]).toBe("1 + 1 + 1 ? 1 + 1 = 2 .");
  // In plainer words the labeller is asked what the writer was not.
  await labelByLikelihood([{ ...trace, shown: "one and one and one ?" }], sentenceForm, context);
  expect(asked[3]).toBe("one and one and one ?");
});

test("a question asks of one step at a time, the steps before it shown", async () => {
  const model = scriptedModel({
    choose: ({ prompt }) => (promptText(prompt).includes("= 4") ? [0.2, 0.8] : [0.9, 0.1]),
  });
  const labels = await labelByQuestion([trace], { model, modelName: "m", stage: "process", seed: 1 });
  expect(labels).toEqual([[0.9, 0.2, null]]);
  const [, second] = model.calls;
  expect(second && "prompt" in second && promptText(second.prompt)).toMatch(
    /Step 1: 1 \+ 1 = 2 \.\nStep 2: 2 \+ 1 = 4 \.\n\nIs step 2 true/,
  );
});

test("an outcome is asked for whatever the steps are", async () => {
  const model = scriptedModel({ choose: ({ prompt }) => (promptText(prompt).includes("so 4") ? [0.1, 0.9] : [1, 0]) });
  expect(await labelOutcomes([trace], { model, modelName: "m", stage: "process", seed: 1 })).toEqual([0.1]);
});
