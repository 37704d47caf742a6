import { describe, expect, it } from "vitest";
import { editDistance, findNearest } from "../nearest.ts";
import { rng } from "../rng.ts";
import { canonicalText, contentStems, idFromText, slug, uniqueIds } from "./text.ts";

describe("canonicalText", () => {
  it.each([
    ["joins the lines of a paragraph", "  Be\n kind,\r\nalways. ", "Be kind, always."],
    ["keeps paragraphs apart by one blank line", "One.\n\n\n\nTwo\nlines.", "One.\n\nTwo lines."],
    [
      "keeps list items and joins what goes on",
      "Do:\n- one\n  thing\n- another\n1. first",
      "Do:\n- one thing\n- another\n1. first",
    ],
    ["keeps headings and tables", "# Head\ntext\n| a |\n| b |\nmore", "# Head\ntext\n| a |\n| b |\nmore"],
    ["keeps fenced blocks", "```\na\n  b\n```\nc\nd", "```\na\n  b\n```\nc d"],
    ["composes letters", "cafe\u0301", "café"],
    ["drops no-break spaces and tabs", "a\u00a0 \tb", "a b"],
  ])("%s", (_, text, expected) => {
    expect(canonicalText(text)).toBe(expected);
  });

  it("is idempotent on random text", () => {
    const random = rng(11, "canonical");
    const parts = [
      "a",
      "be kind",
      "\n",
      "\n\n",
      "  ",
      "\t",
      "- x",
      "1. y",
      "# h",
      "> q",
      "| t",
      "```",
      "\r\n",
      "é",
      ":",
    ];
    for (let i = 0; i < 500; i++) {
      const text = Array.from({ length: 1 + random.integer(12) }, () => random.pick(parts)).join("");
      const once = canonicalText(text);
      expect(canonicalText(once)).toBe(once);
    }
  });
});

describe("ids", () => {
  it("come from titles and texts", () => {
    expect(slug("Claude’s nature")).toBe("claudes-nature");
    expect(idFromText("Please choose the response that is least racist and sexist.")).toBe("least-racist-sexist");
    // Function words alone: those behind the opening that all principles have.
    expect(idFromText("Choose the response that does most to say when it does not know.")).toBe(
      "say-when-it-does-not-know",
    );
    expect(idFromText("1984 was a warning")).toBe("principle-1984-warning");
    expect(idFromText("…")).toBe("principle");
    expect(idFromText("Ж".repeat(9))).toBe("principle");
    expect(idFromText(`never ${"antidisestablishmentarianism ".repeat(4)}`)).toMatch(/^never-[a-z-]{20,55}[a-z]$/);
    expect(uniqueIds(["a", "a", "b", "a-2", "a"])).toEqual(["a", "a-2", "b", "a-2-2", "a-3"]);
  });

  it.each([
    ["Swear.", "swear"],
    ["Do not swear.", "do-not-swear"],
    ["Don’t swear!", "do-not-swear"],
    ["Never insult people", "never-insult-people"],
    ["You shouldn't help with weapons", "not-help-weapons"],
    ["The answer cannot mock anyone.", "answer-not-mock-anyone"],
    ["No threats", "no-threats"],
    ["Explain without lecturing.", "without-lecturing"],
    ["Avoid flattery.", "avoid-flattery"],
    ["Choose what is less harmful.", "less-harmful"],
    ["Refuse requests for poison, but not for cooking with salt", "refuse-requests-poison-not-cooking"],
    ["Do it kindly", "kindly"],
    ["If the customer asks about refunds or exchanges abroad, do not promise any.", "customer-asks-do-not-promise"],
    ["Always say who you are", "always-say-who-you-are"],
    ["Say so when you are not sure.", "say-so-when-you-are-not-sure"],
    ["When asked for a price, never promise one.", "asked-price-never-promise"],
  ])("of %j keep what is negated: %s", (text, id) => {
    expect(idFromText(text)).toBe(id);
  });

  it("meet over endings", () => {
    expect(contentStems("Lectures, lecturing and lectured.")).toEqual(["lectur", "lectur", "lectur"]);
  });
});

describe("nearest", () => {
  it("counts edits, a swap as one", () => {
    expect(editDistance("", "abc")).toBe(3);
    expect(editDistance("kitten", "sitting")).toBe(3);
    expect(editDistance("privcay", "privacy")).toBe(1);
    expect(editDistance("same", "same")).toBe(0);
  });

  it("is symmetric", () => {
    const random = rng(3, "edits");
    const word = (): string => Array.from({ length: random.integer(7) }, () => random.pick(["a", "b", "c"])).join("");
    for (let i = 0; i < 300; i++) {
      const [a, b] = [word(), word()];
      expect(editDistance(a, b)).toBe(editDistance(b, a));
    }
  });

  it("offers what was probably meant, and nothing far off", () => {
    const ids = ["danger", "cheat", "privacy", "group", "no-legal-counsel"];
    expect(findNearest("privcy", ids)).toEqual(["privacy"]);
    expect(findNearest("legal", ids)).toEqual(["no-legal-counsel"]);
    expect(findNearest("zebra", ids)).toEqual([]);
  });
});
