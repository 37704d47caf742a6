import { describe, expect, test } from "vitest";
import { checkTurn } from "../../oversight/debate/quotes.ts";
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

  test("every quotation of a turn is looked up, and one that is made up spoils the mark of the turn", () => {
    const said = "it is at the mill . the passage says the rope : mill . the passage says the lamp : mill .";
    const turn = checkTurn(said, "the rope : mill . the lamp : inn .", harborSpeaker);
    expect(turn.quotes.map(({ isVerified }) => isVerified)).toEqual([true, false]);
    const asked = { question: "where is the lamp ?", claims: { A: "the inn", B: "the mill" } };
    const { prompt } = harborJudge.verdict(asked, { kind: "turns", turns: [{ side: "B", round: 1, ...turn }] });
    expect(prompt).toContain(`${said} <absent> <better>`);
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

  test("of measured passages with their question hardly one comes up in play, and no lesson shows one", () => {
    const keyOf = ({ passage, question }: { readonly passage: string; readonly question: string }): string =>
      `${passage} ${question}`;
    const measured = new Set([1, 2, 3].flatMap((seed) => drawDebateQuestions(seed, 140).map(keyOf)));
    const played = drawDebateQuestions(11, 300, "training").filter((one) => measured.has(keyOf(one)));
    expect(played.length).toBeLessThan(5);
    const shown = drawJudgeLessons(1, 2000).map(({ prompt }) => String(prompt));
    const read = shown.flatMap(
      (prompt) => /^<fact> (.+) <user> (.+) <asst>$/.exec(prompt)?.slice(1, 3).join(" ") ?? [],
    );
    expect(read.length).toBeGreaterThan(100);
    expect(read.filter((key) => measured.has(key)).length).toBeLessThan(5);
  });

  test("lessons fit the context", () => {
    const lessons = drawJudgeLessons(1, 2000);
    expect(new Set(lessons.map(({ completion }) => completion.trim().slice(0, 3))).size).toBeGreaterThan(2);
    expect(Math.max(...lessons.map(({ prompt }) => String(prompt).split(" ").length))).toBeLessThan(190);
  });
});
