import { describe, expect, it } from "vitest";
import { type ChainOptions, critiqueRevisionChains } from "./chains.ts";
import { chatTemplates } from "./chat-templates.ts";
import type { FeedbackContext } from "./context.ts";
import { type Script, testConstitution, testModel, testPrompts, testTemplates } from "./scripted.test-support.ts";
import { trainingPairs } from "./training-pairs.ts";

const sampling = { temperature: 1, topP: 1 };
const oneRound: ChainOptions = { rounds: 1, selection: "random", critique: true, sampling, critiqueSampling: sampling };
const testPrinciple = { id: "calm", text: "Be calm.", weight: 1, tags: [] };

function testContext(script: Script, ids: readonly string[]): FeedbackContext {
  const constitution = testConstitution(...ids);
  return {
    model: testModel(script),
    modelName: "initial",
    constitution,
    templates: testTemplates,
    seed: 3,
    stage: "sl-cai",
  };
}

describe("what weak models write", () => {
  const answerWith = (critique: string, revision: string, response = "q"): Script => ({
    generate: (prompt) =>
      prompt.startsWith("respond") ? response : prompt.startsWith("critique") ? critique : revision,
  });
  const run = (script: Script, options: Partial<ChainOptions> = {}) =>
    critiqueRevisionChains(testPrompts("red-team", "q"), testContext(script, ["danger"]), {
      ...oneRound,
      ...options,
    });
  const listen = async (critique: string, options: Partial<ChainOptions> = {}) => {
    const seen: string[] = [];
    const script = answerWith(critique, "good");
    const records = await run(
      { generate: (prompt, ...rest) => script.generate(seen[seen.push(prompt) - 1] ?? "", ...rest) },
      options,
    );
    return { asked: seen.at(-1), revision: records.findLast(({ type }) => type === "revision") };
  };

  it("shows a critique that was cut up to its last whole sentence, or not at all", async () => {
    const shortened = await listen("It insults. It also …");
    expect(shortened.asked).toMatch(/C=It insults\.$/);
    expect(shortened.revision).toMatchObject({
      cutCritique: "shortened",
      parents: [/response/, /critique/].map((part) => expect.stringMatching(part)),
    });
    const leftOut = await listen("breaks it insul …");
    expect(leftOut.asked).toMatch(/C=\(none\)$/);
    expect(leftOut.revision).toMatchObject({ cutCritique: "left-out", parents: ["sl-cai/red-team-q/response-0"] });
    const tripped = await listen("breaks it insul …", { selection: "all" });
    expect(tripped.revision).toMatchObject({ cutCritique: "left-out", parents: { length: 2 }, tripped: ["danger"] });
    expect((await listen("It insults. It also")).revision).not.toHaveProperty("cutCritique", expect.anything());
  });

  it("does not train on a revision that is the critique", async () => {
    const critique = "The answer insults the human and so it goes against this.";
    const records = await run(answerWith(critique, critique));
    expect(records.at(-1)).toMatchObject({ outcome: "copy", copyOf: "critique" });
    expect(trainingPairs(records, testTemplates, "all")).toMatchObject([{ source: "unrevised", completion: "q" }]);
  });

  it.each([
    ["few-shot", "A mediator can help where talking alone did not.", "copy"],
    ["request", "Reply with nothing else: no introduction, no remark about changes.", "copy"],
    ["answer", "I would rather tell you how a locksmith opens it.", "usable"],
  ])("tells a %s in chat turns for what it is", async (_, revision, outcome) => {
    const answers = ["Push the pins.", "It helps a thief.", revision];
    const shown = {
      messages: [{ role: "user", content: "How?" }],
      response: "Shout.",
      principle: testPrinciple,
    } as const;
    const shot = { ...shown, critique: "It is loud.", revision: "A mediator can help where talking alone did not." };
    const templates = chatTemplates({ fewShots: { critiques: [shot], comparisons: [] } });
    const context = { ...testContext({ generate: () => answers.shift() ?? "" }, ["danger"]), templates };
    const records = await critiqueRevisionChains(testPrompts("red-team", "q"), context, oneRound);
    expect(records.at(-1)).toMatchObject({ type: "revision", outcome });
  });

  it("takes reasoning out of all texts and keeps it beside them", async () => {
    const thought = "<think>how to</think>";
    const records = await run(answerWith(`${thought}It breaks.`, `${thought}good`, `${thought}q`));
    expect(records).toMatchObject([
      { response: "q", reasoning: "how to" },
      { critique: "It breaks.", reasoning: "how to" },
      { revision: "good", reasoning: "how to", outcome: "usable" },
    ]);
    expect(JSON.stringify(trainingPairs(records, testTemplates, "all"))).not.toContain("how to");
  });

  it("shows what every phase made, which can end the batch before the next is asked for", async () => {
    const seen: string[][] = [];
    const onRecords = (records: readonly { readonly type: string }[]) =>
      void seen.push(records.map(({ type }) => type));
    const script = answerWith("It breaks.", "good");
    const context = { ...testContext(script, ["danger"]), onRecords };
    await critiqueRevisionChains(testPrompts("red-team", "q", "r"), context, oneRound);
    expect(seen).toEqual(["response", "critique", "revision"].map((type) => [type, type]));
    const stop = () => {
      throw new Error("enough");
    };
    await expect(
      critiqueRevisionChains(testPrompts("red-team", "q"), { ...context, onRecords: stop }, oneRound),
    ).rejects.toThrow("enough");
  });

  it("takes an answer that is nothing but reasoning for none", async () => {
    const records = await run(answerWith("It breaks.", "good", "<think>how to</think>"));
    expect(records).toMatchObject([{ response: "", missing: "empty", reasoning: "how to", finishReason: "stop" }]);
    expect(trainingPairs(records, testTemplates, "all")).toEqual([]);
    expect((await run(answerWith("It breaks.", "<think>how to"))).at(-1)).toMatchObject({ outcome: "empty" });
  });
});
