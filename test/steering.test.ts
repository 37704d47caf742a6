import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { preceptHere } from "../src/cli/in-process.test-support.ts";
import { temporaryFolder } from "./cli.ts";
import { writeChatModel } from "./support/chat-model.ts";

const timeout = 120_000;

test("precept steer measure: a model of random weights writes JSON only where it is held to it", {
  timeout,
}, async () => {
  const folder = temporaryFolder();
  await writeChatModel(join(folder, "model"));
  const task = `
instruction: Give name and size as JSON.
schema:
  type: object
  properties: { name: { type: string, maxLength: 6 }, size: { enum: [small, large] } }
  required: [name, size]
  additionalProperties: false
items:
  - { id: a, input: A small lamp., output: { name: lamp, size: small } }
  - { id: b, input: A large chair., output: { name: chair, size: large } }
  - { id: c, input: A large pan., output: { name: pan, size: large } }
maxTokens: 500
`;
  writeFileSync(join(folder, "extract.yaml"), task);
  const command = ["steer", "measure", join(folder, "extract.yaml"), "--models", `local:${join(folder, "model")}`];
  const out = ["--out", join(folder, "run"), "--formats", "2"];
  const { code, stdout, stderr } = await preceptHere([...command, ...out]);
  expect([code, stderr.replaceAll(/^.*answers.*$/gm, "").trim()]).toEqual([0, ""]);
  expect(stdout).toContain("extract: 3 items, 2 wordings");
  expect(stdout).toMatch(/grammar +100 \[\d+–100\] +100 \[\d+–100\]/);
  expect(stdout).toMatch(/plain +0 \[0–\d+\] +0 \[0–\d+\] +0 /);
  const json = JSON.parse((await preceptHere([...command, ...out, "--json"])).stdout);
  expect(json.rows.map(({ rung }: { rung: string }) => rung)).toEqual(["plain", "prefill", "grammar"]);
});

test.each([
  [["--rungs", "gramar"], "did you mean grammar?"],
  [["--repeat", "3", "--temperature", "0"], "every repetition says the same"],
  [["--rungs", "examples"], "no examples"],
])("precept steer measure %j is a matter of usage", async (flags, fault) => {
  const path = join(temporaryFolder(), "t.yaml");
  writeFileSync(path, 'instruction: x\nschema: { type: integer }\nitems: [{ id: a, input: "1", output: 1 }]\n');
  const { code, stderr } = await preceptHere(["steer", "measure", path, "--models", "openai:none", ...flags]);
  expect([code, stderr]).toEqual([2, expect.stringContaining(fault)]);
});
