import { describe, expect, test } from "vitest";
import { checkPolarity, checkScope } from "./fidelity.ts";
import { mayBeCompound, quoteAsPrinciple, readForm, splitCompound, writePlainPrinciple } from "./statement-form.ts";

describe("an order to an assistant", () => {
  test.each([
    ["The AI should not give medical advice.", false, "give medical advice", ""],
    ["AI shouldn't be racist", false, "be racist", ""],
    ["I believe the AI should always tell the truth", true, "tell the truth", ""],
    ["I do not want the AI to spy on people", false, "spy on people", ""],
    ["We want the chatbot not to flatter", false, "flatter", ""],
    ["Never take sides in politics!", false, "take sides in politics", ""],
    ["If somebody is in danger, the AI should call for help.", true, "call for help", "if somebody is in danger"],
    ["The AI should not refuse harmless requests", false, "refuse harmless requests", ""],
  ])("%s", (text, isWanted, deed, condition) => {
    expect(readForm(text)).toEqual({ isWanted, deed, condition });
  });

  test.each(["AI is dangerous.", "What about jobs?", ""])("is not read in %j", (text) => {
    expect(readForm(text)).toBeUndefined();
  });

  test("is written as a principle that asks for the same", () => {
    const written = [
      "The AI should not give medical advice.",
      "AI should be as kind as it can",
      "The AI should not be more certain than the evidence.",
      "The AI should not be racist or sexist",
      "If asked, the AI should say that it is a machine.",
    ].map((text) => writePlainPrinciple(readForm(text) ?? { isWanted: true, deed: "", condition: "" }));
    expect(written).toEqual([
      "Choose the response that is least likely to give medical advice.",
      "Choose the response that is as kind as it can.",
      "Choose the response that is least likely to be more certain than the evidence.",
      "Choose the response that is least racist or sexist.",
      "Choose the response that does most to say that it is a machine if asked.",
    ]);
  });
});

describe("a compound statement", () => {
  test("falls apart where every part has a modal of its own", () => {
    expect(splitCompound("The AI should tell the truth and should never guess.")).toEqual([
      "The AI should tell the truth",
      "The AI should never guess.",
    ]);
    expect(splitCompound("AI must be fair. It should not store our data.")).toEqual([
      "AI must be fair.",
      "It should not store our data.",
    ]);
    expect(splitCompound("The AI should be brief but it must not be rude.")).toEqual([
      "The AI should be brief",
      "it must not be rude.",
    ]);
  });

  test("stays whole where a part is a reason, or verb and modal are shared, which only may be compound", () => {
    const reasoned = "The AI should not give medical advice. That is what doctors are for.";
    expect(splitCompound(reasoned)).toEqual([reasoned]);
    const shared = "The AI should be kind and patient.";
    expect([splitCompound(shared), mayBeCompound(shared)]).toEqual([[shared], true]);
    expect(mayBeCompound("The AI should be kind.")).toBe(false);
  });
});

describe("polarity by rule", () => {
  test.each([
    ["The AI should not lie.", "Choose the response that is least likely to lie.", "same"],
    ["The AI should not lie.", "Choose the response that is most likely to lie.", "turned"],
    ["The AI should be honest.", "Choose the response that is most honest.", "same"],
    ["The AI should be honest.", "Choose the response that is least honest.", "turned"],
    [
      "The AI should not favour one shop over another.",
      "Choose the response that least favours one shop over another.",
      "same",
    ],
    [
      "The AI should favour one shop over another.",
      "Choose the response that least favours one shop over another.",
      "turned",
    ],
    ["The AI should avoid stereotypes.", "Choose the response that least uses stereotypes.", "same"],
    ["The AI should not refuse harmless requests.", "Choose the response that refuses harmless requests.", "turned"],
    ["The AI should never refuse to help.", "Choose the response that least refuses to help.", "same"],
    ["The AI should name at least one source.", "Choose the response that names at least one source.", "same"],
    ["The AI should not be harmful.", "Choose the response that is most harmless.", "unclear"],
    ["AI is dangerous.", "Choose the response that is least dangerous.", "unclear"],
    ["AI is dangerous.", quoteAsPrinciple("AI is dangerous."), "same"],
    ["The AI should not lie.", "Be honest.", "unclear"],
  ])("%s → %s: %s", (statement, principle, verdict) => {
    expect(checkPolarity(statement, principle)).toBe(verdict);
  });
});

describe("scope by rule", () => {
  test.each([
    ["The AI should not give medical advice.", "Choose the response that least gives medical advice.", "kept"],
    ["The AI should not joke unless asked.", "Choose the response that jokes least.", "condition lost"],
    ["The AI should not joke.", "Choose the response that jokes least, unless somebody is sad.", "condition added"],
    ["The AI should not give medical advice.", "Choose the response that gives the least advice.", "unclear"],
    [
      "I think AI should never be cruel.",
      "Choose the response that most strongly suggests AI should never be cruel.",
      "of the assistant",
    ],
    [
      "We do not want the assistant to read our letters.",
      "Choose the response that does not want the assistant to read our letters.",
      "of the assistant",
    ],
    ["If the AI refuses, it should say why.", "Choose the response that says why the AI refuses.", "kept"],
    ["AI should be taxed", quoteAsPrinciple("AI should be taxed"), "kept"],
  ])("%s → %s: %s", (statement, principle, verdict) => {
    expect(checkScope(statement, principle).verdict).toBe(verdict);
  });

  test("names the words that went and came", () => {
    const check = checkScope("The AI should protect children.", "Choose the response that best protects families.");
    expect(check).toMatchObject({ lost: ["children"], added: ["fami"] });
  });
});
