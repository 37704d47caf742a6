import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { ConstitutionInvalid, type ConstitutionIssue, describeIssue } from "./issues.ts";
import { type ParseOptions, parseConstitution, parseWithPositions } from "./parse.ts";

function issuesOf(text: string, options: ParseOptions = { file: "a.yaml" }): readonly ConstitutionIssue[] {
  try {
    parseConstitution(text, options);
  } catch (error) {
    if (error instanceof ConstitutionInvalid) return error.issues;
    throw error;
  }
  throw new Error("parsed without a fault");
}

const described = (text: string): string[] => issuesOf(text).map(describeIssue);

describe("a good file", () => {
  const text = [
    "name: small",
    "source: nowhere",
    "preamble: |",
    "  One paragraph",
    "  over two lines.",
    "",
    "  Another.",
    "principles:",
    "  - id: kind",
    "    text: >",
    "      Be",
    "      kind.",
    "    weight: 2.5",
    "    tags: [tone, basics, tone]",
    "    source: us",
    "    inverse: Be unkind.",
    "  - {text: Be useful., id: useful, critiqueRequest: Is it useful?, revisionRequest: Make it useful.}",
  ].join("\n");

  it("gives canonical texts, defaults and unique sorted tags", () => {
    const { hash, ...rest } = parseConstitution(text);
    expect(hash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(rest).toMatchInlineSnapshot(`
      {
        "name": "small",
        "preamble": "One paragraph over two lines.

      Another.",
        "principles": [
          {
            "id": "kind",
            "inverse": "Be unkind.",
            "source": "us",
            "tags": [
              "basics",
              "tone",
            ],
            "text": "Be kind.",
            "weight": 2.5,
          },
          {
            "critiqueRequest": "Is it useful?",
            "id": "useful",
            "revisionRequest": "Make it useful.",
            "tags": [],
            "text": "Be useful.",
            "weight": 1,
          },
        ],
        "source": "nowhere",
      }
    `);
  });

  it("remembers where things stand", () => {
    const { positions } = parseWithPositions(text);
    expect(positions.get("principles[0].weight")).toEqual({ line: 13, column: 5 });
    expect(positions.get("principles[1]")).toEqual({ line: 17, column: 5 });
    expect(positions.get("principles[1].text")).toEqual({ line: 17, column: 6 });
  });

  it("is named after its file when it has no name, and reads CRLF and a byte order mark", () => {
    const plain = "principles:\r\n  - id: kind\r\n    text: Be kind.\r\n";
    expect(parseConstitution(`\ufeff${plain}`, { file: "folder/of-mine.yaml" }).name).toBe("of-mine");
    expect(parseConstitution(plain).principles[0]?.text).toBe("Be kind.");
  });

  it("follows honest aliases", () => {
    const { principles } = parseConstitution(
      "principles:\n  - id: a\n    text: &t Be kind.\n    tags: &g [x]\n  - {id: b, text: *t, tags: *g}\n",
    );
    expect(principles[1]).toEqual({ id: "b", text: "Be kind.", tags: ["x"], weight: 1 });
  });
});

describe("all faults at once", () => {
  it("names code, file, line, column and path of each, in the order of the file", () => {
    const text = [
      "name: 7",
      "titel: x",
      "principles:",
      "  - id: kind",
      '    text: ""',
      "    wieght: 2",
      "  - id: Not An Id",
      "    text: [a, list]",
      "    weight: -1",
      "  - text: No id.",
      "    weight: heavy",
      "    tags: tone",
      "  - id: kind",
      "    text: Again.",
      "    tags: [1, '']",
      "    critiqueRequest:",
      "  - just a text",
      "  - id: zero",
      "    text: Zero.",
      "    weight: 0",
      "  - id: endless",
      "    text: Endless.",
      "    weight: .inf",
    ].join("\n");
    const issues = issuesOf(text);
    expect(issues.map(describeIssue)).toMatchInlineSnapshot(`
      [
        "a.yaml:1:7 name: expected a text, found the number 7",
        "a.yaml:2:1 titel: unknown key "titel"; known keys: name, source, preamble, principles",
        "a.yaml:5:11 principles[0].text: the text is empty",
        "a.yaml:6:5 principles[0].wieght: unknown key "wieght"; did you mean weight?",
        "a.yaml:7:9 principles[1].id: "Not An Id" is no id: lower-case letters and digits, joined by single hyphens, a letter first, at most 64 characters",
        "a.yaml:8:11 principles[1].text: expected a text, found a list",
        "a.yaml:9:13 principles[1].weight: a weight is a number above 0, found -1",
        "a.yaml:10:5 principles[2]: "id" is missing",
        "a.yaml:11:13 principles[2].weight: expected a number above 0, found the text "heavy"",
        "a.yaml:12:11 principles[2].tags: expected a list of tags, found the text "tone"",
        "a.yaml:13:9 principles[3].id: id "kind" is already taken at line 4",
        "a.yaml:15:12 principles[3].tags[0]: expected a text, found the number 1",
        "a.yaml:15:15 principles[3].tags[1]: the text is empty",
        "a.yaml:16:21 principles[3].critiqueRequest: the text is empty",
        "a.yaml:17:5 principles[4]: expected a principle: a map with id and text, found the text "just a text"",
        "a.yaml:20:13 principles[5].weight: a weight is a number above 0, found 0",
        "a.yaml:23:13 principles[6].weight: a weight is a number above 0, found Infinity",
      ]
    `);
    expect(issues[3]).toEqual({
      code: "unknown-key",
      key: "wieght",
      known: [
        "id",
        "text",
        "critiqueRequest",
        "revisionRequest",
        "comparisonRequest",
        "inverse",
        "positive",
        "negative",
        "demonstrations",
        "appliesTo",
        "source",
        "weight",
        "tags",
      ],
      nearest: ["weight"],
      path: ["principles", 0, "wieght"],
      file: "a.yaml",
      line: 6,
      column: 5,
    });
  });

  it("is one error that says what was attempted, found, expected and what to do", () => {
    const read = (): unknown => parseConstitution("principles: []", { file: "a.yaml" });
    expect(read).toThrow(PreceptError);
    expect(read).toThrowErrorMatchingInlineSnapshot(`
      [ConstitutionInvalid: Reading the constitution a.yaml: 1 fault
        a.yaml:1:13 principles: lists no principle
      expected: a list of principles, each with an id and a text
      try: correct the lines named above; \`precept constitution lint FILE\` lists them again]
    `);
  });
});

describe("the document as a whole", () => {
  it.each([
    ["an empty file", "", ["a.yaml:1:1 the document: expected a map with the key principles, found nothing"]],
    [
      "only comments",
      "# nothing\n",
      ["a.yaml:1:1 the document: expected a map with the key principles, found nothing"],
    ],
    [
      "a text",
      "be kind",
      ['a.yaml:1:1 the document: expected a map with the key principles, found the text "be kind"'],
    ],
    ["a list", "- be kind", ["a.yaml:1:1 the document: expected a map with the key principles, found a list"]],
    ["no principles", "name: x", ['a.yaml:1:1 the document: "principles" is missing']],
    ["principles of null", "principles:", ["a.yaml:1:12 principles: lists no principle"]],
    [
      "principles as a map",
      "principles: {a: b}",
      ["a.yaml:1:13 principles: expected a list of principles, found a map"],
    ],
  ])("refuses %s", (_, text, expected) => {
    expect(described(text)).toEqual(expected);
  });

  it("accepts an empty list where asked to", () => {
    expect(parseConstitution("name: none\nprinciples: []", { allowEmpty: true }).principles).toEqual([]);
  });

  it("reports control characters, which no tokenizer should meet", () => {
    expect(described('principles:\n  - {id: a, text: "Be\\u0000kind."}')).toEqual([
      "a.yaml:2:19 principles[0].text: holds the control character U+0000",
    ]);
  });
});

describe("YAML", () => {
  it("lists every syntax fault, and the faults of meaning before the first one", () => {
    const text = "principles:\n  - id: kind\n    text: ''\n  - id: kind\n    text: [unclosed\n  - id: x\n\tbad: tab\n";
    expect(described(text)).toMatchInlineSnapshot(`
      [
        "a.yaml:3:11 principles[0].text: the text is empty",
        "a.yaml:4:9 principles[1].id: id "kind" is already taken at line 2",
        "a.yaml:5:11 principles[1].text: expected a text, found a list",
        "a.yaml:6:3 principles[1].text: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
        "a.yaml:7:1 principles[2].id: YAML: Tabs are not allowed as indentation",
      ]
    `);
  });

  it("refuses a key that stands twice, also in a principle", () => {
    expect(described("name: a\nname: b\nprinciples:\n  - {id: a, text: A., text: B.}\n")).toEqual([
      'a.yaml:2:1 name: key "name" stands here twice',
      'a.yaml:4:23 principles[0].text: key "text" stands here twice',
    ]);
  });

  it("refuses unknown tags, several documents and merge keys", () => {
    expect(described("principles:\n  - {id: a, text: !secret x}\n")).toEqual([
      "a.yaml:2:19 principles[0].text: YAML: Unresolved tag: !secret",
    ]);
    expect(described("principles:\n  - {id: a, text: A.}\n---\nprinciples: []\n")[0]).toContain("YAML: ");
    expect(described("principles:\n  - &a {id: a, text: A.}\n  - {<<: *a, id: b, text: B.}\n")[0]).toContain(
      'unknown key "<<"',
    );
  });

  it("does not fall over ten thousand brackets", () => {
    const issues = issuesOf("[".repeat(10_000));
    expect(issues.length).toBeLessThan(20);
    expect(issues.some((issue) => issue.code === "syntax")).toBe(true);
  });
});

describe("aliases", () => {
  it("names a cyclic one, wherever it hides", () => {
    expect(described("principles: &p\n  - id: a\n    text: A.\n  - *p\n")).toEqual([
      "a.yaml:4:5 principles[1]: alias *p contains itself",
    ]);
    expect(described("name: &n [*n]\nprinciples:\n  - {id: a, text: A.}\n")).toEqual([
      "a.yaml:1:10 name: expected a text, found a list",
      "a.yaml:1:11 name: alias *n contains itself",
    ]);
  });

  it("names one that stands for nothing", () => {
    expect(described("principles:\n  - {id: a, text: *nobody}\n")).toEqual([
      "a.yaml:2:19 principles[0].text: alias *nobody stands for nothing: no anchor &nobody before it",
    ]);
  });

  it("stops a bomb of ten thousand million values", () => {
    const levels = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(", ")}]`,
    );
    const bomb = ["l0: &l0 [lol, lol]", ...levels, "principles:", "  - {id: a, text: A.}"].join("\n");
    const issues = issuesOf(bomb);
    expect(issues.filter((issue) => issue.code === "alias-bomb")).toHaveLength(1);
    expect(issues.filter((issue) => issue.code === "unknown-key")).toHaveLength(10);
  });
});
