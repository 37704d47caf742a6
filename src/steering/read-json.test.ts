import { expect, test } from "vitest";
import { z } from "zod";
import { readJson, readJsonObjects } from "./index.ts";

const schema = z.object({ name: z.string(), inches: z.coerce.number() });
const lamp = { name: "lamp }", inches: 5 };
const said = (text: string, finishReason: "stop" | "length" = "stop") => readJson({ text, finishReason }, schema);

test.each([
  ['{"name": "lamp }", "inches": 5}', false],
  ['Sure!\n```json\n{"name": "lamp }", "inches": 5}\n```\nDone.', false],
  ["{'name': 'lamp }', inches: 5,}", true],
  ['{"name": "lamp }", "inches": "5"}', true],
  ['{"name": "lamp }", "inches": 5', true],
])("%j is read; repaired: %j", async (text, isRepaired) => {
  expect(await said(text)).toEqual({ value: lamp, isRepaired });
});

test.each([
  ["", "empty"],
  ["no object", "no-json"],
  ['{"name": 3}', "schema"],
])("%j is a fault: %s", async (text, fault) => {
  expect(await said(text)).toMatchObject({ fault });
});

test("an answer that was cut is never mended", async () => {
  expect(await said('{"name": "lamp }", "inches": 5', "length")).toEqual({ fault: "length", issues: [] });
  expect(await said('{"name": "lamp }", "inches": 5} and', "length")).toEqual({ value: lamp, isRepaired: false });
});

test("members in another order than the schema's are nothing that was mended", async () => {
  expect(await said('{"inches": 5, "name": "lamp }"}')).toEqual({ value: lamp, isRepaired: false });
});

test("issues name their place", async () => {
  expect(await said('{"name": 3, "inches": 5}')).toMatchObject({ issues: [expect.stringMatching(/^name: /)] });
});

test("objects are read out of whatever a model says around them", () => {
  const schema = z.object({ a: z.string() });
  expect(readJsonObjects('Sure:\n```json\n{"list": [{"a": "x"}, {"a": "{y"},]}\n```', schema)).toEqual([
    { a: "x" },
    { a: "{y" },
  ]);
  expect(readJsonObjects('[{"a": "line\nbreak \\" z"}, {"a": "cut', schema)).toEqual([{ a: 'line break " z' }]);
  expect(readJsonObjects('{"a": 1} {"b": {"a": "in"}}', schema)).toEqual([{ a: "in" }]);
  // As Qwen2.5-Coder-0.5B wrote it.
  expect(readJsonObjects('{"list": [{"a": "Truthful": "Says what is so."}]', schema)).toEqual([
    { a: "Truthful: Says what is so." },
  ]);
  expect(readJsonObjects('{"b": "", "a": "c"}', schema)).toEqual([{ a: "c" }]);
  expect(readJsonObjects("nothing", schema)).toEqual([]);
});
