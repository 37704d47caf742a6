import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { constitutionJsonSchema, hasConstitutionForm } from "./json-schema.ts";
import { bundledConstitutions } from "./load.ts";
import { CONSTITUTION_KEYS, PRINCIPLE_KEYS, parseConstitution } from "./parse.ts";
import { constitutionSchemaPath } from "./write-schema.ts";

test("the published schema is up to date (node src/constitution/write-schema.ts)", () => {
  const written = JSON.parse(readFileSync(constitutionSchemaPath, "utf8"));
  expect(written).toEqual(JSON.parse(JSON.stringify(constitutionJsonSchema())));
  expect(Object.keys(written.properties).sort()).toEqual([...CONSTITUTION_KEYS].sort());
  expect(Object.keys(written.properties.principles.items.properties).sort()).toEqual([...PRINCIPLE_KEYS].sort());
});

describe("the schema and the parser take and refuse alike", () => {
  const isParsed = (text: string): boolean => {
    try {
      parseConstitution(text);
      return true;
    } catch {
      return false;
    }
  };

  const one = "principles:\n- id: a\n  text: b\n";
  it.each([
    [true, one],
    [true, `name: x\nsource: y\npreamble: z\n${one}  weight: 2.5\n  tags: [a, b]\n  inverse: c\n  source: d\n`],
    [true, `${one}  critiqueRequest: c\n  revisionRequest: r\n  comparisonRequest: d\n`],
    [true, `${one}  appliesTo: red-team\n`],
    [false, `${one}  appliesTo: harmful\n`],
    [false, `${one}  appliesTo: [helpful]\n`],
    [false, "principles: []\n"],
    [false, "name: x\n"],
    [false, `${one}  weight: 0\n`],
    [false, `${one}  weight: heavy\n`],
    [false, `${one}  tags: a\n`],
    [false, `${one}  tags: [""]\n`],
    [false, `${one}  txt: c\n`],
    [false, `extra: 1\n${one}`],
    [false, "principles:\n- id: A\n  text: b\n"],
    [false, "principles:\n- id: a--b\n  text: b\n"],
    [false, 'principles:\n- id: a\n  text: " "\n'],
    [false, "principles:\n- id: a\n"],
    [false, "principles:\n- id: a\n  text: 12\n"],
  ])("%s: %j", (isRight, text) => {
    expect([isParsed(text), hasConstitutionForm(parse(text))]).toEqual([isRight, isRight]);
  });

  it("those that come with Precept", async () => {
    for (const name of await bundledConstitutions()) {
      const text = readFileSync(new URL(`../../constitutions/${name}.yaml`, import.meta.url), "utf8");
      expect(hasConstitutionForm(parse(text))).toBe(true);
    }
  });
});
