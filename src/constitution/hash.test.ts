import { describe, expect, it } from "vitest";
import { parseConstitution } from "./parse.ts";

const ORIGINAL = `
name: golden
principles:
  - id: kind
    text: A response should be kind to everybody, and should never mock a reader.
    critiqueRequest: Is it kind?
    weight: 2
    tags: [tone, basics]
    source: us
  - id: useful
    text: A response should be useful.
    inverse: A response should be useless.
`;
const GOLDEN = "sha256:654be40c6518ed9d458b6fec8aaf33981648ab2938204150a4138041effdb963";

describe("the hash", () => {
  it("counts the kind of prompt that a principle is bound to", () => {
    const bound = (kind: string): string =>
      parseConstitution(ORIGINAL.replace("id: useful", `id: useful\n    appliesTo: ${kind}`)).hash;
    expect(new Set([GOLDEN, bound("helpful"), bound("red-team")]).size).toBe(3);
  });

  it("is the golden one", () => {
    expect(parseConstitution(ORIGINAL).hash).toBe(GOLDEN);
  });

  it.each([
    ["comments and blank lines", ORIGINAL.replace("principles:", "\n# a comment\nprinciples: # another\n")],
    [
      "flow style and another order of keys",
      `{principles: [
      {tags: [basics, tone], weight: 2.0, source: us, critiqueRequest: "Is it kind?", id: 'kind',
       text: "A response should be kind to everybody, and should never mock a reader."},
      {inverse: A response should be useless., text: A response should be useful., id: useful}], name: golden}`,
    ],
    [
      "a folded text",
      ORIGINAL.replace(
        "text: A response should be kind to everybody, and should",
        "text: >\n      A response should be kind\n      to everybody,  and should\n     ",
      ),
    ],
    [
      "a literal text that is only wrapped",
      ORIGINAL.replace(
        "text: A response should be kind to everybody, and should",
        "text: |\n      A response should be kind\n      to everybody, and should\n     ",
      ),
    ],
    ["line ends of Windows", ORIGINAL.replaceAll("\n", "\r\n")],
    ["a default that is spelt out", ORIGINAL.replace("id: useful", "id: useful\n    weight: 1\n    tags: []")],
    ["an alias", ORIGINAL.replace("tags: [tone, basics]", "tags: &t [tone, basics]")],
    [
      "another name and source",
      ORIGINAL.replace("name: golden", "name: gold\nsource: them").replace("source: us", "source: them"),
    ],
  ])("ignores %s", (_, text) => {
    expect(parseConstitution(text).hash).toBe(GOLDEN);
  });

  it.each([
    ["a word", "kind to everybody", "kind to anybody"],
    ["the case of a letter", "Is it kind?", "is it kind?"],
    ["an id", "id: kind", "id: kindness"],
    ["a weight", "weight: 2", "weight: 2.01"],
    ["a tag", "[tone, basics]", "[tone]"],
    ["a request that becomes another request", "critiqueRequest:", "revisionRequest:"],
    ["a request that goes", "    critiqueRequest: Is it kind?\n", ""],
    ["an inverse", "useless", "idle"],
    ["a preamble", "name: golden", "preamble: Be good.\nname: golden"],
    ["a principle that goes", ORIGINAL.slice(ORIGINAL.indexOf("  - id: useful")), ""],
  ])("changes with %s", (_, before, after) => {
    expect(ORIGINAL).toContain(before);
    expect(parseConstitution(ORIGINAL.replace(before, after)).hash).not.toBe(GOLDEN);
  });

  it("changes with the order of principles, in which a scan reads them", () => {
    const [head, first, second] = ORIGINAL.split(/^(?= {2}- id)/m);
    expect(parseConstitution(`${head}${second}${first}`).hash).not.toBe(GOLDEN);
  });

  it("changes with a paragraph, which is no layout", () => {
    const split = ORIGINAL.replace(
      "text: A response should be useful.",
      "text: |\n      A response\n\n      should be useful.",
    );
    expect(parseConstitution(split).hash).not.toBe(GOLDEN);
  });
});
