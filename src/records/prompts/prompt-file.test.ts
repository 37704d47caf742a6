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
  expect(await read(text, "stdin")).toMatchObject([{ prompt: "a" }, { prompt: messages }]);
  expect((await read("one\n\ntwo {}\n", "prompts.txt")).map(({ id, prompt }) => [id, prompt])).toEqual([
    ["0", "one"],
    ["1", "two {}"],
  ]);
});

test("an id of 0 or of no letters is an id", async () => {
  const rows = await read('{"prompt":"a","id":"x"}\n{"prompt":"b","id":0}\n{"prompt":"c","id":""}\n');
  expect(rows.map(({ id }) => id)).toEqual(["x", "0", ""]);
});

test("a name that only contains .jsonl says nothing, and a file of lines stays one", async () => {
  expect(await read("one\n", "a.jsonl.txt")).toMatchObject([{ id: "0", prompt: "one" }]);
  expect(await read("one\n{}\n", "a.txt")).toMatchObject([{ prompt: "one" }, { prompt: "{}" }]);
  expect(await read('{"prompt":"a"}\n', "a.NDJSON")).toMatchObject([{ prompt: "a" }]);
});

test.each([
  ['{"prompt":"a","id":"x"}\n\n{"prompt":"b","id":"x"}', /line 3[\s\S]*the id x of line 1 once more/],
  ['{"prompt":"a","id":1}\n{"prompt":"b"}', /the id 1 of line 1 once more/],
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
