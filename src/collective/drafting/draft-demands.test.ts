import { describe, expect, test } from "vitest";
import { promptText, scriptedModel } from "../../models/index.ts";
import { demandsOf, draftDemands } from "./draft-demands.ts";
import { plainStatements } from "./templates.ts";

const statements = [
  { id: "lie", text: "The AI should not lie." },
  { id: "joke", text: "The AI should not joke unless asked." },
  { id: "both", text: "The AI should be brief and it should never shout." },
];

/** A drafter that writes what `said` has for a statement, and answers yes or no to questions about it. */
function drafter(said: Readonly<Record<string, string>>, yes: (asked: string) => boolean = () => true) {
  const lastLine = (prompt: Parameters<typeof promptText>[0]) => promptText(prompt).split("Statement: ").at(-1) ?? "";
  return scriptedModel({
    generate: ({ prompt }) => said[lastLine(prompt).trim()] ?? "I would rather not.",
    choose: ({ prompt }) => (yes(promptText(prompt).split("user: ").at(-1) ?? "") ? [0.9, 0.1] : [0.2, 0.8]),
  });
}

const draft = (model: ReturnType<typeof drafter>, texts = statements) =>
  draftDemands(demandsOf(texts, plainStatements), { model, templates: plainStatements, asksRequests: false, seed: 1 });

test("a statement that shares one verb stays whole, and a model says whether it is several", async () => {
  const model = drafter({}, (asked) => asked === "The AI should be kind and cheap.");
  const texts = ["The AI should be kind and cheap.", "The AI should be kind and gentle.", "The AI should be kind."];
  const drafted = await draft(
    model,
    texts.map((text, index) => ({ id: `s${index}`, text })),
  );
  expect(drafted.map(({ several }) => several)).toEqual([{ yes: 0.9 }, { yes: 0.2 }, null]);
});

describe("a demand of the public", () => {
  test("becomes what the model writes, with both answers of entailment and requests in the public's words", async () => {
    const [drafted] = await draft(drafter({ "The AI should not lie.": "Choose the response that lies least." }), [
      { id: "lie", text: "The AI should not lie." },
    ]);
    expect(drafted).toEqual({
      statement: "lie",
      demand: "The AI should not lie.",
      parts: 1,
      several: null,
      principle: "Choose the response that lies least.",
      critiqueRequest: "In its last response, does the assistant lie? Quote the words.",
      revisionRequest: "Rewrite the response so that the assistant does not lie. Leave the rest as it is.",
      by: "model",
      checks: { polarity: "same", scope: "kept", lost: [], added: [] },
      entailment: { "statement to principle": { yes: 0.9 }, "principle to statement": { yes: 0.9 } },
    });
  });

  test.each([
    ["Choose the response that lies most.", "it asks for the opposite"],
    ["I cannot do that.", "no principle could be read"],
    ["Choose the response that lies least unless somebody is sad.", "it adds a condition: "],
  ])("%s is refused, and the template's stands in its place", async (said, fault) => {
    const [drafted] = await draft(drafter({ "The AI should not lie.": said }), [
      { id: "lie", text: "The AI should not lie." },
    ]);
    expect(drafted).toMatchObject({
      principle: "Choose the response that is least likely to lie.",
      by: "plain",
      refused: { text: said, fault: expect.stringContaining(fault) },
    });
  });

  test("is refused by an answer of no, in either direction, where no rule can tell", async () => {
    const said = { "The AI should not lie.": "Choose the response that is most truthful." };
    for (const [first, fault] of [
      ["The AI should not lie.", "the statement does not ask for all of it"],
      ["Choose", "it does not say all that the statement asks for"],
    ] as const) {
      const model = drafter(said, (asked) => !(asked.startsWith(`First: ${first}`) && asked.includes("truthful")));
      const [drafted] = await draft(model, [{ id: "lie", text: "The AI should not lie." }]);
      expect(drafted).toMatchObject({ by: "plain", refused: { fault, checks: { polarity: "unclear" } } });
    }
    const [taken] = await draft(drafter(said), [{ id: "lie", text: "The AI should not lie." }]);
    expect(taken).toMatchObject({ by: "model", principle: "Choose the response that is most truthful." });
  });

  test("stands for one of several in a statement, and a lost condition is seen", async () => {
    const drafted = await draft(
      drafter({ "The AI should not joke unless asked.": "Choose the response that jokes least." }),
    );
    expect(drafted.map(({ statement, demand, by }) => [statement, demand, by])).toEqual([
      ["lie", "The AI should not lie.", "plain"],
      ["joke", "The AI should not joke unless asked.", "plain"],
      ["both", "The AI should be brief", "plain"],
      ["both", "it should never shout.", "plain"],
    ]);
    expect(drafted[1]?.refused?.fault).toBe("it drops a condition: unles, ask");
    expect(drafted[1]?.principle).toBe("Choose the response that is least likely to joke unless asked.");
  });
});
