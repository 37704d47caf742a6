import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { configSchema } from "../config/schema.ts";
import { collectPrompts, type PromptSetOptions } from "./prompt-set.ts";

const rows = (...list: readonly object[]): string => list.map((row) => `${JSON.stringify(row)}\n`).join("");

/** The ids that the files' prompts get, and what was left out. */
async function collect(files: Readonly<Record<string, string | Uint8Array>>, options: PromptSetOptions = {}) {
  const folder = mkdtempSync(join(tmpdir(), "precept-set-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const config = configSchema.parse({
    constitution: "constitution.yaml",
    models: { initial: "openai-compatible:x@http://127.0.0.1:9/v1" },
    prompts: { redTeam: Object.keys(files) },
  });
  const { of, bad, duplicates, faults } = await collectPrompts({ config, folder }, folder, options);
  const items = await Array.fromAsync(of["sl-cai"].items());
  return {
    ids: items.map(({ id }) => id),
    texts: items.map(({ messages }) => messages[0]?.content),
    bad,
    duplicates,
    faults,
  };
}

test("two files numbered from 1 are kept apart, a prompt that stands in both is one", async () => {
  const first = rows({ id: 1, prompt: "Where is the key?" }, { id: 2, prompt: "Who sings?" });
  const second = rows({ id: 1, prompt: "Name a tree." }, { id: 2, prompt: "Who sings?" });
  const read = await collect({ "a.jsonl": first, "b.jsonl": second, "c.jsonl": second });
  expect(read.ids).toEqual(["red-team-1", "red-team-2", expect.stringMatching(/^red-team-1~[0-9a-f]{8}$/)]);
  expect(read).toMatchObject({ bad: 0, duplicates: 3 });
});

test("ids of any script are kept, and those that stand twice in a file are named with both lines", async () => {
  const asked = [
    { id: "問一", prompt: "a" },
    { id: "問二", prompt: "b" },
    { id: "x/y z", prompt: "c" },
  ];
  expect((await collect({ "a.jsonl": rows(...asked) })).ids).toEqual([
    "red-team-問一",
    "red-team-問二",
    "red-team-x%2Fy%20z",
  ]);
  const twice = { "a.jsonl": rows(...asked, { id: "問二", prompt: "d" }) };
  await expect(collect(twice)).rejects.toThrow(/a\.jsonl:4: the id of a\.jsonl:2, where another prompt stands/);
  expect(await collect(twice, { skipBad: true })).toMatchObject({ bad: 1, duplicates: 0, ids: { length: 3 } });
  await expect(collect({ "a.csv": "id,prompt\n1,a\n2,b\n1,c\n" })).rejects.toThrow(/a\.csv:4: the id of a\.csv:2/);
});

test("rows without an id: the same turns are one prompt", async () => {
  const read = await collect({ "a.txt": "one\ntwo\none\n" });
  expect(read).toMatchObject({ texts: ["one", "two"], duplicates: 1 });
});

test("every encoding gives the same prompts; what is no text or empty is named", async () => {
  const text = "Was heißt grün?\r\nUnd blau?\r\n";
  const plain = await collect({ "a.txt": text });
  expect(plain.texts).toEqual(["Was heißt grün?", "Und blau?"]);
  expect(await collect({ "a.txt": Buffer.from(`\ufeff${text}`, "utf16le") })).toEqual(plain);
  expect(await collect({ "a.csv": Buffer.from(`\ufeffprompt\r\n${text}`, "utf16le") })).toEqual(plain);
  await expect(collect({ "a.csv": Buffer.from(`prompt\n${text}`, "latin1") })).rejects.toThrow(/a\.csv:2.*not UTF-8/);
  await expect(collect({ "a.txt": Buffer.from(text, "latin1") })).rejects.toThrow(/a\.txt:1.*not UTF-8/);
  await expect(collect({ "a.txt": text, "b.txt": "\n" })).rejects.toThrow(/nothing in b\.txt/);
});
