import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { type PromptRow, readPromptFile } from "./prompt-file.ts";

async function read(text: string, path = "prompts.jsonl"): Promise<PromptRow[]> {
  const rows: PromptRow[] = [];
  for await (const row of readPromptFile(path, Readable.from([text]))) rows.push(row);
  return rows;
}

test("reads prompts and dialogues with their ids and seeds, and plain lines", async () => {
  const messages = [{ role: "user", content: "b" }];
  const text = `{"prompt":"a","id":7,"more":1}\n\n${JSON.stringify({ messages, seed: 3 })}\r\n`;
  expect(await read(text)).toEqual([
    { id: "7", prompt: "a", place: "prompts.jsonl, line 1" },
    { id: "1", prompt: messages, seed: 3, place: "prompts.jsonl, line 3" },
  ]);
  expect(await read(text, "stdin")).toHaveLength(2);
  expect((await read("one\n\ntwo {}\n", "prompts.txt")).map(({ id, prompt }) => [id, prompt])).toEqual([
    ["0", "one"],
    ["1", "two {}"],
  ]);
});

test.each([
  ['{"prompt":"a"}\n{"prompt":3}', /line 2[\s\S]*prompt: .*string/],
  ['{"prompt":""}', /line 1[\s\S]*an empty prompt/],
  ['{"prompt":"a"', /line 1[\s\S]*JSON/],
  ['{"prompt":"a","messages":[]}', /line 1/],
  ['{"messages":[{"role":"judge","content":"a"}]}', /messages\.0\.role/],
  ["{}", /either prompt or messages/],
  ['{"prompt":"a","seed":"x"}', /seed/],
  ["\n\n", /no prompt/],
])("%j is refused with its place", async (text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

test("a missing file is said to be missing", async () => {
  await expect(readPromptFile("nowhere.jsonl").next()).rejects.toThrow(/nowhere\.jsonl[\s\S]*no such file/);
});
