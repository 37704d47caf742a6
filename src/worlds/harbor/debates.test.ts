import { describe, expect, test } from "vitest";
import { drawJudgeLessons } from "./debate-lessons.ts";
import { drawDebateQuestions, harborHidden, harborJudge, harborSpeaker } from "./debates.ts";

describe("debates on harbor", () => {
  test("the passage alone says which of the two answers is right", () => {
    for (const { passage, question, answers, right } of drawDebateQuestions(3, 200)) {
      const thing = /where is the (\w+) \?/.exec(question)?.[1];
      const placed = answers.map((answer) => passage.includes(`the ${thing} : ${answer.replace("the ", "")} .`));
      expect(placed).toEqual(right === 0 ? [true, false] : [false, true]);
      expect(question).not.toContain(passage);
    }
  });

  test("the same seed draws the same, another seed or use does not", () => {
    expect(drawDebateQuestions(1, 20)).toEqual(drawDebateQuestions(1, 20));
    expect(drawDebateQuestions(1, 20)).not.toEqual(drawDebateQuestions(2, 20));
    expect(drawDebateQuestions(1, 20)).not.toEqual(drawDebateQuestions(1, 20, "training"));
  });

  test("a debater's own markers never reach the judge", () => {
    expect(harborSpeaker.clean("it is at the inn . <found> <better> A").trim()).toBe("it is at the inn .");
  });

  test("a judge that reads names the side whose place it says, and neither where it says both or none", () => {
    const asked = { question: "where is the lamp ?", claims: { A: "the inn", B: "the mill" } };
    const sideOf = (text: string) => harborJudge.reading.sideOf(asked, text);
    expect([sideOf("the lamp : mill ."), sideOf("the inn : mill ."), sideOf("good day .")]).toEqual([
      "B",
      undefined,
      undefined,
    ]);
  });

  test("prompts of which the passage can be taken away, and answers of which the claim", () => {
    const prompt = [{ role: "user", content: "<fact> the lamp : inn . <user> where is the lamp ?" }] as const;
    expect(harborHidden.readPrompt(prompt)).toEqual({ passage: "the lamp : inn .", question: "where is the lamp ?" });
    expect(harborHidden.readPrompt([{ role: "user", content: "where is the lamp ?" }])).toBeUndefined();
    expect([harborHidden.readClaim("the lamp : inn ."), harborHidden.readClaim("good day .")]).toEqual([
      "the inn",
      undefined,
    ]);
  });

  test("lessons fit the context, and are no measured question", () => {
    const lessons = drawJudgeLessons(1, 2000);
    expect(new Set(lessons.map(({ completion }) => completion.trim().slice(0, 3))).size).toBeGreaterThan(2);
    expect(Math.max(...lessons.map(({ prompt }) => String(prompt).split(" ").length))).toBeLessThan(190);
  });
});
