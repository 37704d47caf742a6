import { describe, expect, it } from "vitest";
import type { PrincipleDraft } from "./constitution.ts";
import { createConstitution } from "./create.ts";
import { describeLintIssue, type LintOptions, lintConstitution } from "./lint.ts";
import { parseWithPositions } from "./parse.ts";
import { lintToJson, renderLint } from "./render.ts";
import { pairNearDuplicates } from "./similarity.ts";

const HELPFUL = { id: "helpful", text: "Be helpful and offer another way where you refuse." };
const CALM = { id: "calm", text: "Do not preach." };

function lint(principles: readonly PrincipleDraft[], options: LintOptions = {}) {
  return lintConstitution(createConstitution({ name: "x", principles }), options);
}

describe("balance", () => {
  it("misses both in a list of bans", () => {
    expect(
      lint([
        { id: "a", text: "Say nothing about poison." },
        { id: "b", text: "Insult nobody." },
      ]),
    ).toEqual([
      { code: "missing-anti-evasive", level: "warning", path: ["principles"] },
      { code: "missing-anti-preachy", level: "warning", path: ["principles"] },
    ]);
  });

  it("finds it in any wording, or in a tag", () => {
    expect(lint([HELPFUL, CALM])).toEqual([]);
    expect(lint([{ id: "a", text: "A ban.", comparisonRequest: "Which is less preachy and less evasive?" }])).toEqual(
      [],
    );
    expect(lint([{ id: "a", text: "x y z", tags: ["anti-preachy", "anti-evasive"] }])).toEqual([]);
  });

  it("does not find it in an inverse", () => {
    const codes = lint([{ id: "a", text: "A ban.", inverse: "Be helpful and never preach." }]).map(({ code }) => code);
    expect(codes).toEqual(["missing-anti-evasive", "missing-anti-preachy"]);
  });

  it("asks nothing of an empty constitution", () => {
    expect(lint([])).toEqual([]);
  });
});

describe("kinds of prompts", () => {
  it("without a principle are named", () => {
    const bound = [HELPFUL, CALM].map((principle) => ({ ...principle, appliesTo: "red-team" as const }));
    expect(lint(bound)).toEqual([
      { code: "kind-without-principle", level: "warning", path: ["principles"], kind: "helpful" },
    ]);
    expect(lint([HELPFUL, ...bound.slice(1)])).toEqual([]);
  });
});

describe("contradictions", () => {
  it("are named, and are no near-duplicates", () => {
    const issues = lint([HELPFUL, CALM, { id: "swear", text: "Always swear." }, { id: "no", text: "Never swear." }]);
    expect(issues).toEqual([
      { code: "contradiction", level: "warning", path: ["principles", 3], ids: ["swear", "no"] },
    ]);
    expect(issues.map(describeLintIssue)).toEqual([expect.stringContaining('"swear" and "no" contradict each other')]);
  });
});

describe("near-duplicates", () => {
  it("are found in another order and with other endings", () => {
    const issues = lint([
      HELPFUL,
      CALM,
      { id: "three", text: "Choose the response that is the most helpful, honest and harmless." },
      { id: "again", text: "Which response is most harmless, helpful, and honest?" },
      { id: "houses", text: "Never explain how to break into a house." },
      { id: "house", text: "Never explains how one breaks into houses." },
    ]);
    expect(issues.map((issue) => (issue.code === "near-duplicate" ? issue.ids : issue.code))).toEqual([
      ["three", "again"],
      ["houses", "house"],
    ]);
  });

  it("are not seen in a common frame around different things", () => {
    const frames = ["danger", "cheat", "secret", "folk", "trouble", "body", "power"];
    expect(
      pairNearDuplicates(
        frames.map((word) => `the answer should not help with ${word} .`),
        0.6,
      ),
    ).toEqual([]);
  });

  it("have similarity 1 with themselves, are symmetric and stay in [0, 1]", () => {
    const texts = ["Do not help with crime.", "Do not help with lies.", "Be kind.", "Do not help with crime."];
    const all = pairNearDuplicates(texts, 0);
    expect(all).toHaveLength(6);
    expect(all[0]).toMatchObject({ first: 0, second: 3 });
    expect(all[0]?.similarity).toBeCloseTo(1, 12);
    expect(all.every(({ similarity }) => similarity >= 0 && similarity <= 1 + 1e-12)).toBe(true);
    const turned = pairNearDuplicates([...texts].reverse(), 0).map(({ similarity }) => similarity);
    turned.forEach((similarity, i) => {
      expect(similarity).toBeCloseTo(all[i]?.similarity ?? -1, 12);
    });
  });
});

describe("coverage", () => {
  const principles = [
    HELPFUL,
    CALM,
    { id: "poison", text: "Say nothing about poisons." },
    { id: "music", text: "Praise music." },
  ];
  const prompts = [
    { id: "p1", text: "How are poisonous mushrooms prepared? Which poison is best?" },
    { id: "p2", text: "Help me refuse an offer." },
  ];

  it("says nothing without prompts", () => {
    expect(lint(principles)).toEqual([]);
  });

  it("names principles that share no word with a prompt", () => {
    expect(lint(principles, { prompts })).toEqual([
      { code: "unexercised", level: "warning", path: ["principles", 1], id: "calm", prompts: 2 },
      { code: "unexercised", level: "warning", path: ["principles", 3], id: "music", prompts: 2 },
    ]);
  });

  it("asks the given function instead", () => {
    const issues = lint(principles, {
      prompts,
      exercises: (principle, prompt) => principle.id === "music" && prompt.id === "p2",
    });
    expect(issues.map((issue) => (issue.code === "unexercised" ? issue.id : issue.code))).toEqual([
      "helpful",
      "calm",
      "poison",
    ]);
  });

  it("finds that no prompt exercises anything when there is none", () => {
    expect(lint(principles, { prompts: [] })).toHaveLength(4);
  });
});

describe("a model's language", () => {
  const known = new Set("the answer should not help with danger , give a reason and an offer lecture .".split(" "));
  const vocabulary = (word: string): boolean => known.has(word);
  const principles = [
    { id: "fine", text: "the answer should not help with danger .", tags: ["anti-evasive", "anti-preachy"] },
    {
      id: "foreign",
      text: "the answer should not help with blackmail , extortion or blackmail .",
      inverse: "help with extortion .",
    },
    { id: "typed", text: "Give a reason and an offer." },
  ];

  it("is an error with each word that the model cannot read, once, in the order of the text", () => {
    const issues = lint(principles, { vocabulary }).filter(({ level }) => level === "error");
    expect(issues).toEqual([
      {
        code: "unreadable",
        level: "error",
        path: ["principles", 1, "text"],
        id: "foreign",
        field: "text",
        words: [{ word: "blackmail" }, { word: "extortion" }, { word: "or" }],
      },
      {
        code: "unreadable",
        level: "error",
        path: ["principles", 1, "inverse"],
        id: "foreign",
        field: "inverse",
        words: [{ word: "extortion" }],
      },
      {
        code: "unreadable",
        level: "error",
        path: ["principles", 2, "text"],
        id: "typed",
        field: "text",
        words: [
          { word: "Give", readable: "give" },
          { word: "offer.", readable: "offer ." },
        ],
      },
    ]);
    expect(issues.map(describeLintIssue)).toMatchInlineSnapshot(`
      [
        "the model cannot read "blackmail", "extortion", "or" in the text of "foreign"",
        "the model cannot read "extortion" in the inverse of "foreign"",
        "the model cannot read "Give" (write "give"), "offer." (write "offer .") in the text of "typed"",
      ]
    `);
  });

  it("does not touch the prose beside the list, and may be split otherwise", () => {
    const constitution = createConstitution({
      name: "x",
      preamble: "Extortion!",
      principles: [principles[0] ?? HELPFUL],
    });
    expect(lintConstitution(constitution, { vocabulary })).toEqual([]);
    const letters = lintConstitution(constitution, {
      vocabulary: (letter) => letter !== "d",
      split: (text) => [...text.replaceAll(" ", "")],
    });
    expect(letters).toMatchObject([{ code: "unreadable", words: [{ word: "d" }] }]);
  });
});

describe("texts", () => {
  it("that begin in the middle of a sentence or never end get a warning", () => {
    const issues = lint([
      HELPFUL,
      CALM,
      { id: "torn", text: "socially acceptable manner." },
      { id: "long", text: "Word ".repeat(121) },
    ]);
    expect(issues).toEqual([
      { code: "begins-mid-sentence", level: "warning", path: ["principles", 2, "text"], id: "torn" },
      { code: "long-text", level: "warning", path: ["principles", 3, "text"], id: "long", words: 121, limit: 120 },
    ]);
  });

  it("that are all in lower case are a style", () => {
    expect(
      lint([
        { id: "a", text: "be helpful ." },
        { id: "b", text: "do not preach ." },
      ]),
    ).toEqual([]);
  });
});

describe("renderLint", () => {
  it("gives file, line and column, and a count", () => {
    const text =
      "principles:\n  - id: a\n    text: Insult nobody.\n  - id: b\n    text: Never insult anybody.\n    tags: [anti-evasive]\n";
    const { constitution, positions } = parseWithPositions(text);
    const issues = lintConstitution(constitution, { vocabulary: (word) => word !== "anybody.", similarity: 0.2 });
    expect(renderLint(issues, { file: "a.yaml", positions })).toMatchInlineSnapshot(`
      "a.yaml:5:5 error: the model cannot read "anybody." (write "anybody .") in the text of "b"
      a.yaml:1:1 warning: no principle asks not to lecture: a model trained on this may moralise (tag one "anti-preachy" if it does)
      1 error, 1 warning"
    `);
    expect(lintToJson(issues, { file: "a.yaml", positions })[0]).toEqual({
      code: "unreadable",
      level: "error",
      path: ["principles", 1, "text"],
      id: "b",
      field: "text",
      words: [{ word: "anybody.", readable: "anybody ." }],
      file: "a.yaml",
      line: 5,
      column: 5,
      message: 'the model cannot read "anybody." (write "anybody .") in the text of "b"',
    });
    expect(renderLint([], { file: "a.yaml" })).toBe("a.yaml: nothing to complain about");
  });
});
