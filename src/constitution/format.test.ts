import { describe, expect, it } from "vitest";
import { rng } from "../rng.ts";
import type { PrincipleDraft } from "./constitution.ts";
import { createConstitution } from "./create.ts";
import { formatConstitution } from "./format.ts";
import { parseConstitution } from "./parse.ts";

describe("formatConstitution", () => {
  it("writes what a person would write", () => {
    const constitution = createConstitution({
      name: "small",
      preamble: "One.\n\nTwo.",
      principles: [
        { id: "kind", text: "Be kind.", appliesTo: "helpful", weight: 2, tags: ["tone"], source: "us" },
        { id: "list", text: "Do:\n- this\n- that" },
      ],
    });
    expect(formatConstitution(constitution)).toMatchInlineSnapshot(`
      "name: small
      preamble: |-
        One.

        Two.
      principles:
        - id: kind
          text: Be kind.
          appliesTo: helpful
          weight: 2
          tags: [tone]
          source: us

        - id: list
          text: |-
            Do:
            - this
            - that
      "
    `);
  });

  it("parses back to the same, for texts that tempt YAML", () => {
    const random = rng(5, "format");
    const bits = [
      "null",
      "yes",
      "no",
      "~",
      "12",
      "1.5e3",
      "0x1F",
      "- a",
      "# not a comment",
      ": ",
      "a: b",
      "'",
      '"',
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      "!t",
      "%",
      "@",
      "`",
      "|",
      ">",
      "---",
      "...",
      "\\",
      "\\n",
      "\n\n",
      "\n- item",
      "\n1. item",
      "\n> quote",
      "\n# head\n",
      "\n```\ncode  x\n```\n",
      "é",
      "日本語",
      "🙂",
      "\u2028",
      "a very long run of words that has to be folded somewhere because it does not fit on one line at all",
      "?",
      "<<",
      "true",
      "trailing:",
      " ",
      ",",
      "=",
      "\ufeff",
    ];
    const text = (): string =>
      `x${Array.from({ length: 1 + random.integer(6) }, () => random.pick(bits)).join(random.pick(["", " "]))}`.slice(
        random.integer(2),
      );
    let checked = 0;
    while (checked < 200) {
      const drafts: PrincipleDraft[] = [
        {
          id: "a",
          text: text(),
          critiqueRequest: text(),
          source: text(),
          weight: 0.1 + random.next(),
          tags: [text(), text()],
        },
        { id: "b", text: text(), revisionRequest: text(), comparisonRequest: text(), inverse: text() },
      ];
      if (
        drafts.some((draft) =>
          [
            draft.text,
            draft.critiqueRequest ?? "x",
            draft.revisionRequest ?? "x",
            draft.comparisonRequest ?? "x",
            draft.inverse ?? "x",
          ].some((value) => value.trim() === ""),
        )
      )
        continue;
      const constitution = createConstitution({ name: "n", preamble: text(), principles: drafts });
      const yaml = formatConstitution(constitution);
      expect(parseConstitution(yaml), yaml).toEqual(constitution);
      checked++;
    }
  });
});
