import { describe, expect, it } from "vitest";
import { markdownSections } from "./formats/markdown.ts";
import { type ImportOptions, importConstitution } from "./import.ts";

function principles(text: string, options: ImportOptions = {}) {
  return importConstitution(text, options).constitution.principles.map(({ weight: _, ...principle }) => principle);
}

describe("a Markdown document of prose", () => {
  const DOCUMENT = [
    "# Charter",
    "",
    "[Care](#care)",
    "",
    "[Truth](#truth)",
    "",
    "## Care",
    "",
    "We care about *people*,",
    "always.",
    "",
    "### In anger",
    "",
    "Even then.",
    "",
    "Truth",
    "-----",
    "",
    "We tell it.",
    "",
    "```",
    "# not a heading",
    "```",
    "",
    "# Nothing",
    "",
    "## Truth",
    "",
    "Again.",
  ].join("\n");

  it("has its sections found: by marks, by underlines, not in code", () => {
    expect(
      markdownSections(DOCUMENT).map(({ title, level, line, parents }) => [title, level, line, parents.join("/")]),
    ).toEqual([
      ["Charter", 1, 1, ""],
      ["Care", 2, 7, "Charter"],
      ["In anger", 3, 12, "Charter/Care"],
      ["Truth", 2, 16, "Charter"],
      ["Nothing", 1, 25, ""],
      ["Truth", 2, 27, "Nothing"],
    ]);
  });

  it("gives a principle for every section with text, down to the second level", () => {
    const result = importConstitution(DOCUMENT);
    expect(result.format).toBe("markdown");
    expect(result.notes).toEqual([{ code: "table-of-contents", line: 1, text: "Charter" }]);
    expect(principles(DOCUMENT)).toMatchInlineSnapshot(`
      [
        {
          "id": "care",
          "source": "Charter, "Care", line 7",
          "tags": [
            "charter",
          ],
          "text": "We care about *people*, always.

      ### In anger

      Even then.",
        },
        {
          "id": "truth",
          "source": "Charter, "Truth", line 16",
          "tags": [
            "charter",
          ],
          "text": "We tell it.

      \`\`\`
      # not a heading
      \`\`\`",
        },
        {
          "id": "truth-2",
          "source": "Charter, "Truth", line 27",
          "tags": [
            "nothing",
          ],
          "text": "Again.",
        },
      ]
    `);
  });

  it("gives the chosen sections, by title or slug, in the order of the document", () => {
    expect(principles(DOCUMENT, { sections: ["In anger", "care"] }).map(({ id, text }) => [id, text])).toEqual([
      ["care", "We care about *people*, always."],
      ["in-anger", "Even then."],
    ]);
    expect(principles(DOCUMENT, { level: 3 })).toHaveLength(4);
  });

  it("names the sections there are when one is unknown", () => {
    expect(() => importConstitution(DOCUMENT, { sections: ["Cares"] })).toThrowErrorMatchingInlineSnapshot(`
      [PreceptError: Importing a constitution as a Markdown document: no section "Cares"
      expected: one of: Charter; Care; In anger; Truth; Nothing; Truth
      try: care]
    `);
  });
});
