import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { PreceptError } from "../../errors.ts";
import { configurationHash } from "./configuration.ts";
import { loadConfiguration, parseConfiguration } from "./configuration-file.ts";

const whole = `title: Our town
question: What should it do?
seeds:
  - It should be kind.
  - text: Should this conversation be shorter?
    isMeta: true
`;

function faultsOf(text: string): string[] {
  try {
    parseConfiguration(text, "town.yaml");
  } catch (error) {
    if (error instanceof PreceptError)
      return error.details.found
        .split("\n")
        .slice(1)
        .map((line) => line.trim());
    throw error;
  }
  return [];
}

describe("a conversation's file", () => {
  test("needs a title, a question and seeds; the rest has defaults", () => {
    expect(parseConfiguration(whole, "town.yaml")).toMatchObject({
      languages: ["en"],
      access: "open",
      smallestCell: 5,
      moderation: { when: "before" },
      seeds: [{ text: "It should be kind.", isMeta: false }, { isMeta: true }],
    });
  });

  test("has one hash for any layout", () => {
    const other = `{question: "What should it do?", title: Our town, seeds: [It should be kind., {isMeta: true, text: Should this conversation be shorter?}]}`;
    expect(configurationHash(parseConfiguration(other, "x"))).toBe(configurationHash(parseConfiguration(whole, "y")));
  });

  test("is refused with the line and column of every fault", () => {
    const wrong = `${whole.replace("Our town", '""')}languages: [en, tlh]\nsmallestCell: 1\nmoderation:\n  policy: none\n`;
    expect(faultsOf(wrong)).toEqual([
      expect.stringMatching(/^town\.yaml:1:8 title: /),
      expect.stringMatching(/^town\.yaml:7:17 languages\.1: /),
      expect.stringMatching(/^town\.yaml:8:15 smallestCell: /),
      expect.stringMatching(/^town\.yaml:10:3 moderation: .*policy/),
    ]);
  });

  test.each([
    ["no YAML", "title: [", /^town\.yaml:\d+:\d+ /],
    ["a list", "- a\n", /^town\.yaml:1:1 the conversation: /],
    [
      "two seeds that say the same",
      `${whole}  - It should be kind.\n`,
      /^town\.yaml:4:3 seeds: two seed statements say the same/,
    ],
    ["a seed of nothing", `${whole}  - ""\n`, /^town\.yaml:7:5 seeds\.2: /],
  ])("%s is told where", (_, text, fault) => {
    expect(faultsOf(text)[0]).toMatch(fault);
  });

  test("that is not there is told so", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "precept-town-")), "town.yaml");
    await expect(loadConfiguration(file)).rejects.toMatchObject({ code: "config-invalid" });
  });
});
