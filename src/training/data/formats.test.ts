import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readComparisons, readPrompts, readSftExamples } from "./formats.ts";

/** A file of rows, or of the text that is given. */
function file(rows: readonly object[] | string | Uint8Array, name = "rows.jsonl"): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-rows-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text =
    typeof rows === "string" || rows instanceof Uint8Array
      ? rows
      : rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string, more: object = {}) => ({ role: "assistant", content, ...more });
const pairs = async (...rows: object[]) => readComparisons(file(rows));
const learned = async (...rows: object[]) => readSftExamples(file(rows));

it("names file, line and field of a row that teaches nothing, or whose label is no probability", async () => {
  await expect(learned({ prompt: "a", completion: "" }, { prompt: "", completion: "" })).rejects.toThrow(
    "rows.jsonl:2 completion: expected text: the prompt is empty too",
  );
  await expect(pairs({ prompt: "a", chosen: "b", rejected: "c", label: 2 })).rejects.toThrow(
    "rows.jsonl:1 label: expected a number from 0 to 1",
  );
});

it("lists ten faults of a file and counts the others", async () => {
  const rows = (count: number) => Array.from({ length: count }, () => ({ prompt: "a", completion: 1 }));
  await expect(learned(...rows(10))).rejects.toThrow(/rows\.jsonl:10 completion: [^\n]*$/m);
  await expect(learned(...rows(10))).rejects.not.toThrow("more");
  await expect(learned(...rows(13))).rejects.toThrow(/rows\.jsonl:10 completion: [^\n]*\nand 3 more/);
});

it("separators of lines inside of texts are text; other encodings are read", async () => {
  const [row, ...others] = await learned({ prompt: "a\u2028b", completion: "c\u2029d" });
  expect([row, others]).toEqual([{ id: "rows.jsonl:1", prompt: "a\u2028b", completion: "c\u2029d" }, []]);
  const text = '{"prompt":"ä","completion":"b"}\r\n';
  expect(await readSftExamples(file(Buffer.from(`\ufeff${text}`, "utf16le")))).toMatchObject([{ prompt: "ä" }]);
  await expect(readSftExamples(file(Buffer.from(`\n${text}`, "latin1")))).rejects.toThrow(/rows\.jsonl:2.*not UTF-8/s);
  expect(await readSftExamples(file(text, "rows.data"))).toHaveLength(1);
  expect(await readSftExamples(file("prompt,completion\na,b\n", "rows.csv"))).toMatchObject([{ completion: "b" }]);
});

describe("pairs", () => {
  const dialogue = (...texts: string[]) => texts.map((text, at) => (at % 2 === 0 ? user(text) : assistant(text)));
  const expected = { prompt: [user("q")], responses: ["a", "b"], label: 1, source: "helpfulness" };

  it.each([
    ["texts", { prompt: "q", chosen: "a", rejected: "b" }, { prompt: "q" }],
    ["TRL's", { prompt: [user("q")], chosen: [assistant("a")], rejected: [assistant("b")] }, {}],
    [
      "a prompt that repeats the first turn",
      {
        prompt: "q",
        prompt_id: "7",
        chosen: dialogue("q", "a"),
        rejected: dialogue("q", "b"),
        messages: dialogue("q", "a"),
        score_chosen: 9,
        score_rejected: 2,
      },
      {},
    ],
    [
      "dialogues of several turns",
      { prompt: "q", chosen: dialogue("q", "x", "y", "a"), rejected: dialogue("q", "x", "y", "b") },
      { prompt: dialogue("q", "x", "y") },
    ],
    [
      "a prompt in messages that the dialogues repeat",
      { prompt: [user("q")], chosen: dialogue("q", "a"), rejected: dialogue("q", "b") },
      {},
    ],
    [
      "a prompt that repeats a turn, with other spaces around it",
      { prompt: "q\n", chosen: dialogue(" q", "a"), rejected: dialogue("q ", "b") },
      { prompt: [user(" q")] },
    ],
    ["dialogues without a prompt", { chosen: dialogue("q", "a"), rejected: dialogue("q", "b") }, {}],
    [
      "answers beside a prompt that look like dialogues",
      { prompt: "q", chosen: "Human: x\n\nAssistant: a", rejected: "b" },
      { prompt: "q", responses: ["Human: x\n\nAssistant: a", "b"] },
    ],
    ["hh-rlhf's", { chosen: "\n\nHuman: q\n\nAssistant: a", rejected: "\n\nHuman: q\n\nAssistant: b" }, {}],
    ["axolotl's", { messages: [user("q")], chosen: assistant("a"), rejected: assistant("b") }, {}],
    [
      "OpenAI's",
      {
        input: { messages: [user("q")], tools: [], parallel_tool_calls: true },
        preferred_output: [assistant("a")],
        non_preferred_output: [assistant("b")],
      },
      {},
    ],
    [
      "with notes of other data sets",
      {
        prompt: [user("q")],
        chosen: "a",
        rejected: "b",
        "chosen-rating": 5,
        source: "evol_instruct",
        margin: 3,
        metadata: { x: 1 },
      },
      {},
    ],
    [
      "Orca's",
      { system: "s", question: "q", chosen: "a", rejected: "b" },
      { prompt: [{ role: "system", content: "s" }, user("q")] },
    ],
    [
      "LLaMA-Factory's",
      {
        conversations: [{ from: "human", value: "q" }],
        chosen: { from: "gpt", value: "a" },
        rejected: { from: "gpt", value: "b" },
      },
      {},
    ],
    ["Alpaca's", { instruction: "do", input: "q", chosen: "a", rejected: "b" }, { prompt: "do\n\nq" }],
    [
      "hh-rlhf's sources",
      { prompt: [user("q")], chosen: "a", rejected: "b", source: "harmless-base" },
      { source: "harmlessness" },
    ],
    [
      "a name too far from ours to be a slip of it",
      { prompt: [user("q")], chosen: "a", rejected: "b", source: "harmless" },
      { source: "harmlessness" },
    ],
    [
      "holes of tables",
      { prompt: [user("q")], chosen: "a", rejected: "b", responses: null, extra: null, tools: [] },
      {},
    ],
  ])("%s", async (_, row, more) => {
    expect(await pairs(row)).toEqual([{ ...expected, id: "rows.jsonl:1", ...more }]);
  });

  it("of OpenAI's form are refused with tools, which nobody learns to call here", async () => {
    const row = { input: { messages: [user("q")], tools: [{}] }, preferred_output: "a", non_preferred_output: "b" };
    await expect(pairs(row)).rejects.toThrow(/:1 input\.tools: an unknown key/);
  });

  it("keep their soft labels under the name that exports give them", async () => {
    const row = { prompt: "q", chosen: "a", rejected: "b" };
    const read = await pairs(
      { ...row, chosen_probability: 0.52 },
      { ...row, label: 0.6 },
      { prompt: "q", responses: ["a", "b"], label: 0.1 },
    );
    expect(read.map(({ label }) => label)).toEqual([0.52, 0.6, 0.1]);
    await expect(pairs({ ...row, label: 0.6, chosen_probability: 0.7 })).rejects.toThrow(/:1 label: .*0\.7/);
  });

  it.each([
    [{ chosen_probabilty: 0.6 }, /:1 chosen_probabilty: an unknown key; did you mean chosen_probability/],
    [{ colour: "red" }, /:1 colour: an unknown key; known are id, source, chosen_probability/],
    [{ source: "harmlesness" }, /:1 source: did you mean harmlessness/],
    [{ source: "Harmlesne" }, /:1 source: did you mean harmlessness/],
    [{ prompt: undefined }, /:1 prompt: expected a prompt/],
    [
      { prompt: "other", chosen: dialogue("q", "a"), rejected: dialogue("q", "b") },
      /:1 prompt: expected what both dialogues begin with/,
    ],
    [{ chosen: dialogue("q", "a"), rejected: dialogue("p", "b") }, /:1 rejected: expected a dialogue that differs/],
    [
      { chosen: dialogue("q", "x", "y", "a"), rejected: dialogue("q", "z", "y", "b") },
      /:1 rejected: expected a dialogue that differs/,
    ],
    [
      { chosen: [user("q"), user("x"), assistant("a")], rejected: [user("q"), assistant("x"), assistant("b")] },
      /:1 rejected: expected a dialogue that differs/,
    ],
    [
      { prompt: dialogue("q", "other"), chosen: dialogue("q", "x", "y", "a"), rejected: dialogue("q", "x", "y", "b") },
      /:1 prompt: expected what both dialogues begin with/,
    ],
    [
      { prompt: "q", chosen: [assistant("a")], rejected: dialogue("q", "b") },
      /:1 rejected: expected text, or a list of one message/,
    ],
    [{ chosen: [user("a")] }, /:1 chosen: .*of the assistant/],
    [{ chosen: [assistant("a", { tool_calls: [{}] })] }, /:1 chosen\.0\.tool_calls: an unknown key/],
  ])("%j is refused by its key", async (more, message) => {
    await expect(pairs({ prompt: "q", chosen: "a", rejected: "b", ...more })).rejects.toThrow(message);
  });
});

describe("demonstrations", () => {
  it.each([
    ["messages", { messages: [user("q"), assistant("x"), user("r"), assistant("a")], weight: 2 }, [[3, "a", 2]]],
    [
      "a turn of weight 0 before",
      { messages: [user("q"), assistant("x", { weight: 0 }), user("r"), assistant("a")] },
      [[3, "a", undefined]],
    ],
    [
      "the last turn of weight 0",
      { messages: [user("q"), assistant("x"), user("r"), assistant("a", { weight: 0 })] },
      [[1, "x", undefined]],
    ],
    [
      "weights",
      { messages: [user("q"), assistant("x", { weight: 1 }), user("r"), assistant("a", { weight: 0.5 })], weight: 2 },
      [
        [1, "x", 2],
        [3, "a", 1],
      ],
    ],
    [
      "axolotl's",
      { messages: [user("q"), assistant("x", { train: false }), user("r"), assistant("a", { train: true })] },
      [[3, "a", undefined]],
    ],
    [
      "ShareGPT's",
      {
        conversations: [
          { from: "human", value: "q", weight: null },
          { from: "gpt", value: "a", weight: null },
        ],
      },
      [[1, "a", undefined]],
    ],
    ["ultrachat's", { prompt: "q", prompt_id: "1", messages: [user("q"), assistant("a")] }, [[1, "a", undefined]]],
    ["Alpaca's", { instruction: "q", input: "", output: "a" }, [[1, "a", undefined]]],
    [
      "a weighted turn before the user's last word",
      { messages: [user("q"), assistant("a", { weight: 1 }), user("thanks")] },
      [[1, "a", undefined]],
    ],
    [
      "an answer with a weight of its own",
      { prompt: "q", completion: assistant("a", { weight: 0.5 }), weight: 3 },
      [[1, "a", 1.5]],
    ],
    ["an answer of whole weight", { prompt: "q", completion: assistant("a", { weight: 1 }) }, [[1, "a", 1]]],
    ["holes of tables", { messages: [], prompt: "q", completion: "a", text: null }, [[1, "a", undefined]]],
  ])("%s", async (_, row, expected) => {
    const read = await learned(row);
    expect(read.map(({ prompt, completion, weight }) => [prompt.length, completion, weight])).toEqual(expected);
    expect(new Set(read.map(({ id }) => id)).size).toBe(read.length);
  });

  it("are named by their row, and numbered from 1 where it teaches several", async () => {
    const twice = { messages: [user("q"), assistant("x", { weight: 1 }), user("r"), assistant("a", { weight: 1 })] };
    const once = { messages: [user("q"), assistant("a")] };
    const ids = (await learned(twice, { ...twice, id: "mine" }, once)).map(({ id }) => id);
    expect(ids).toEqual(["rows.jsonl:1#1", "rows.jsonl:1#2", "mine#1", "mine#2", "rows.jsonl:3"]);
  });

  it.each([
    [{ messages: [user("q"), assistant("a", { weight: 0 })] }, /:1 messages: every turn of the assistant has weight 0/],
    [{ prompt: "q", completion: assistant("a", { weight: 0 }) }, /:1 completion: its weight is 0/],
    [{ messages: [user("q"), assistant("a"), user("r")] }, /:1 messages: expected the assistant's turn last/],
    [{ messages: [] }, /:1 messages: expected at least one message/],
    [{ messages: [user("q"), assistant("a", { weight: -1 })] }, /:1 messages\.1\.weight: expected a number/],
    [
      { messages: [user("q"), assistant("a", { wieght: 0 })] },
      /:1 messages\.1\.wieght: an unknown key; did you mean weight/,
    ],
    [{ messages: [user("q"), assistant("a")], tools: [{ type: "function" }] }, /:1 tools: an unknown key/],
    [{ messages: [user("q"), { role: "tool", content: "a" }] }, /:1 messages\.1\.role: .*"tool"/],
    [{ prompt: "q", completion: "a", completions: "b" }, /:1 completions: an unknown key; did you mean completion/],
    [{ prompt: "q", messages: [user("r"), assistant("a")] }, /:1 prompt: expected one of the turns/],
    [{ question: "q" }, /:1: expected a row with "messages" or .*found question/],
  ])("%j is refused by its key", async (row, message) => {
    await expect(learned(row)).rejects.toThrow(message);
  });
});

it("an id that stands twice with another content is named with both lines", async () => {
  const row = { id: "x", prompt: "q", completion: "a" };
  expect(await learned(row, row)).toHaveLength(2);
  await expect(learned(row, { ...row, completion: "b" })).rejects.toThrow(/rows\.jsonl:2 id: .*rows\.jsonl:1/);
  await expect(
    readPrompts(
      file([
        { id: 1, prompt: "a" },
        { id: 1, prompt: "b" },
      ]),
    ),
  ).rejects.toThrow(/:2 id: .*:1,/);
  await expect(readPrompts(file(""))).rejects.toThrow(/rows\.jsonl: an empty dataset/);
});
