import { expect, test } from "vitest";
import { z } from "zod";
import { readJson } from "./index.ts";

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

test("issues name their place", async () => {
  expect(await said('{"name": 3, "inches": 5}')).toMatchObject({ issues: [expect.stringMatching(/^name: /)] });
});
