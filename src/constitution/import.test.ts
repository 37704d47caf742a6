import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { PreceptError } from "../errors.ts";
import { formatConstitution } from "./format.ts";
import { detectFormat, type ImportOptions, importConstitution, importConstitutionFile } from "./import.ts";
import { parseConstitution } from "./parse.ts";
import { renderImport } from "./render.ts";

function principles(text: string, options: ImportOptions = {}) {
  return importConstitution(text, options).constitution.principles.map(({ weight: _, ...principle }) => principle);
}

describe("the paper's JSON", () => {
  it("as appendices: pairs and comparisons", () => {
    const text = JSON.stringify({
      source: "the paper, C",
      count: 2,
      principles: [
        { id: "harmful0", critique_request: "What is wrong?", revision_request: "Make it right." },
        { id: "rl0", text: "Which is better?" },
      ],
    });
    expect(principles(text)).toMatchInlineSnapshot(`
      [
        {
          "critiqueRequest": "What is wrong?",
          "id": "harmful0",
          "revisionRequest": "Make it right.",
          "source": "the paper, C, harmful0",
          "tags": [
            "sl-cai",
          ],
          "text": "What is wrong?",
        },
        {
          "comparisonRequest": "Which is better?",
          "id": "rl0",
          "source": "the paper, C, rl0",
          "tags": [
            "rl-cai",
          ],
          "text": "Which is better?",
        },
      ]
    `);
  });

  it("as the two files of the repository, wrappers taken off and slips kept", () => {
    const pairs = {
      harmful0: {
        prompt: ["\n\nCritiqueRequest: Name precedings harm.\n\nCritique:"],
        edit_request: "\n\nRevisionRequest: Remove it.\n\nRevision:",
      },
    };
    expect(principles(JSON.stringify(pairs))).toEqual([
      {
        id: "harmful0",
        text: "Name precedings harm.",
        critiqueRequest: "Name precedings harm.",
        revisionRequest: "Remove it.",
        source: "Bai et al. 2022, arXiv 2212.08073, appendix C.1, harmful0",
        tags: ["sl-cai"],
      },
    ]);
    expect(principles(JSON.stringify(["\nWhich is less overly-reactive of accusatory? Options:"]))).toEqual([
      {
        id: "rl0",
        text: "Which is less overly-reactive of accusatory?",
        comparisonRequest: "Which is less overly-reactive of accusatory?",
        source: "Bai et al. 2022, arXiv 2212.08073, appendix C.2, number 1",
        tags: ["rl-cai"],
      },
    ]);
  });
});

describe("llm-swarm's JSON", () => {
  it("keeps pairs, makes ids from the words, and hands over the conversations", () => {
    const chat = [{ role: "user", content: "Hello?" }];
    const text = JSON.stringify({
      constitutions: [
        { critic: "Is the response sexist?", revision: "Fix it." },
        { critic: "Is it sexist?", revision: "Again." },
      ],
      system_chat: [chat],
    });
    const result = importConstitution(text);
    expect(result.constitution.principles.map(({ id }) => id)).toEqual(["sexist", "sexist-2"]);
    expect(result.chats).toEqual([chat]);
    expect(renderImport(result)).toBe(
      "2 principles read as llm-swarm-json\nfew-shots: 1 few-shot conversations (system_chat) are no part of a constitution",
    );
  });
});

describe("the text of the 2023 page", () => {
  const PAGE = [
    "Something before “The Principles in Full.”",
    "",
    "Please choose nothing here.",
    "",
    "The Principles in Full",
    "",
    "Principles Based on the [Great Charter](#)",
    "",
    "Please choose the response that",
    "is free. (4 & 5)",
    "",
    "From Research Set 1",
    "",
    "Choose the better response.",
    "Above all it",
    "should be wise. (But both may be good.)",
    "",
    "more acceptable manner.",
    "",
    "End Notes",
    "",
    "[1] Not a principle.",
  ].join("\n");

  it("takes sections as tags, articles as sources, and notes what a page break has torn", () => {
    const result = importConstitution(PAGE, { file: "folder/The Page.txt" });
    expect(result.format).toBe("claude-2023-text");
    expect(result.constitution.name).toBe("the-page");
    expect(result.notes).toEqual([
      { code: "begins-mid-sentence", line: 18, principle: "research-set-1-2", text: "more acceptable manner." },
    ]);
    expect(principles(PAGE)).toMatchInlineSnapshot(`
      [
        {
          "comparisonRequest": "Please choose the response that is free.",
          "id": "great-charter-1",
          "source": "Anthropic, Claude's Constitution, 9 May 2023, Principles Based on the Great Charter, articles 4 & 5",
          "tags": [
            "great-charter",
          ],
          "text": "Please choose the response that is free.",
        },
        {
          "comparisonRequest": "Choose the better response. Above all it should be wise. (But both may be good.)",
          "id": "research-set-1-1",
          "source": "Anthropic, Claude's Constitution, 9 May 2023, From Research Set 1, number 1",
          "tags": [
            "research-set-1",
          ],
          "text": "Choose the better response. Above all it should be wise. (But both may be good.)",
        },
        {
          "id": "research-set-1-2",
          "source": "Anthropic, Claude's Constitution, 9 May 2023, From Research Set 1, number 2",
          "tags": [
            "research-set-1",
          ],
          "text": "more acceptable manner.",
        },
      ]
    `);
  });

  it("reads a copy that has lost its blank lines", () => {
    const lost = PAGE.split("\n")
      .filter((line) => line !== "")
      .join("\n")
      .replace("Above all it\nshould", "Choose it: it\nshould");
    expect(principles(lost).map(({ id, text }) => [id, text])).toEqual([
      ["great-charter-1", "Please choose the response that is free."],
      ["research-set-1-1", "Choose the better response."],
      ["research-set-1-2", "Choose it: it should be wise. (But both may be good.)"],
      ["research-set-1-3", "more acceptable manner."],
    ]);
  });
});

describe("a plain list", () => {
  it("with bullets: deeper ones and continuations belong to the principle, prose around it is skipped", () => {
    const text =
      "Our values:\n\n- Be kind\n  to all:\n  - people\n  - beasts\n- “Be useful.”\n* Tell the truth.\n\nThank you.\n";
    const result = importConstitution(text);
    expect(result.format).toBe("plain-list");
    expect(result.constitution.principles.map(({ id, text: t }) => [id, t])).toEqual([
      ["kind-people-beasts", "Be kind to all:\n- people\n- beasts"],
      ["useful", "Be useful."],
      ["tell-truth", "Tell the truth."],
    ]);
    expect(result.notes).toEqual([
      { code: "skipped", line: 1, text: "Our values:" },
      { code: "skipped", line: 10, text: "Thank you." },
    ]);
  });

  it("with numbers and headings, which become tags", () => {
    expect(
      principles("# Tone\n1. Be kind.\n2) Be calm.\n## Care for facts\n(3) Be true.\n").map(({ text, tags }) => [
        text,
        tags,
      ]),
    ).toEqual([
      ["Be kind.", ["tone"]],
      ["Be calm.", ["tone"]],
      ["Be true.", ["care-for-facts"]],
    ]);
  });

  it("without bullets: a line each, or a paragraph each where one has several lines", () => {
    expect(principles("Be kind.\nBe calm.\n\nBe true.\n").map(({ text }) => text)).toEqual([
      "Be kind. Be calm.",
      "Be true.",
    ]);
    expect(principles("Be kind.\nBe calm.\nBe true.").map(({ text }) => text)).toEqual([
      "Be kind.",
      "Be calm.",
      "Be true.",
    ]);
    expect(principles("Be kind.\n\nBe calm.\n").map(({ text }) => text)).toEqual(["Be kind.", "Be calm."]);
  });
});

describe("detection and refusal", () => {
  it.each([
    ["an empty text", "  \n"],
    ["a constitution of our own", "name: x\nprinciples:\n  - id: a\n"],
    ["JSON of another kind", '{"a": 1}'],
    ["an empty JSON list", "[]"],
    ["broken JSON", '{"constitutions": ['],
  ])("refuses %s", (_, text) => {
    expect(() => detectFormat(text)).toThrow(expect.objectContaining({ code: "input-invalid" }));
  });

  it.each([
    ["paper-json", "[1, 2]"],
    ["paper-json", "no JSON"],
    ["llm-swarm-json", '{"constitutions": []}'],
    ["claude-2023-text", "Be kind."],
    ["claude-2023-text", "The Principles in Full\n\nEnd Notes"],
    ["markdown", "no heading"],
    ["plain-list", "# only a heading"],
  ] as const)("says why a text is no %s", (format, text) => {
    expect(() => importConstitution(text, { format })).toThrow(PreceptError);
  });

  it("obeys an explicit format", () => {
    expect(importConstitution("# Tone\n\nBe kind always.\n", { format: "plain-list" }).format).toBe("plain-list");
  });

  it("writes what it read as YAML that says the same", () => {
    const { constitution } = importConstitution("- Be kind\n  - to all\n- Be: true # really\n");
    expect(parseConstitution(formatConstitution(constitution))).toEqual(constitution);
  });

  it("reads a file, named for it, and writes the YAML with the folders that it needs", async () => {
    const folder = mkdtempSync(join(tmpdir(), "precept-import-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "Kind words.txt"), "- Be kind.\n- Be brief.\n");
    const out = join(folder, "a/b/kind.yaml");
    const { constitution, yaml, format } = await importConstitutionFile(join(folder, "Kind words.txt"), { out });
    expect([constitution.name, format]).toEqual(["kind-words", "plain-list"]);
    expect(readFileSync(out, "utf8")).toBe(yaml);
    expect(parseConstitution(yaml)).toEqual(constitution);
  });
});
