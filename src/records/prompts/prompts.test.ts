import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parquetWriteFile } from "hyparquet-writer";
import { describe, expect, onTestFinished, test } from "vitest";
import { parseDialogue, readRow, readRows } from "./index.ts";

const user = (content: string) => ({ role: "user", content });
const assistant = (content: string) => ({ role: "assistant", content });

describe("a dialogue", () => {
  test("keeps every turn; colons and blank lines inside of a turn are text", () => {
    const text = "\n\nHuman: one: two\n\nthree\n\nAssistant: Steps:\n\n1. Human: no\n\nHuman: more\n\nAssistant:";
    expect(parseDialogue(text)).toEqual([
      user("one: two\n\nthree"),
      assistant("Steps:\n\n1. Human: no"),
      user("more"),
      assistant(""),
    ]);
    expect(parseDialogue("Human: hi")).toEqual([user("hi")]);
    expect(parseDialogue("Just a text\n\nHuman: hi")).toBeUndefined();
  });

  const data = process.env["PRECEPT_DATA"] ?? new URL("../../../../shared/data", import.meta.url).pathname;
  const file = join(data, "hh-rlhf", "harmless-base.test.jsonl.gz");
  test.skipIf(!existsSync(file))(
    "of hh-rlhf is kept whole: 2,312, of which 1,650 have more than one human turn (skipped without ../shared/data)",
    async () => {
      let dialogues = 0;
      let several = 0;
      for await (const placed of readRows(file)) {
        const read = "row" in placed ? readRow(placed.row) : placed;
        if (!("messages" in read)) throw new Error(`${placed.where}: ${read.fault}`);
        dialogues += 1;
        if (read.messages.filter(({ role }) => role === "user").length > 1) several += 1;
        expect(read.messages.at(-1)?.role).toBe("user");
        for (const { content } of read.messages) expect(content).not.toMatch(/\n\n(?:Human|Assistant):/);
      }
      expect([dialogues, several]).toEqual([2312, 1650]);
    },
  );
});

describe("a row", () => {
  test.each([
    [{ prompt: "hello" }, [user("hello")]],
    [{ messages: [user("a"), assistant("b"), user("c"), assistant("d")] }, [user("a"), assistant("b"), user("c")]],
    [{ conversations: [{ from: "human", value: "a" }] }, [user("a")]],
    [{ prompt: [user("a")] }, [user("a")]],
    [{ chosen: "\n\nHuman: a\n\nAssistant: b", rejected: "x" }, [user("a")]],
    [{ messages: [{ role: "system", content: "s" }, user("a")] }, [{ role: "system", content: "s" }, user("a")]],
    [{ messages: null, prompt: "a" }, [user("a")]],
    [{ instruction: "Sum up", input: "a text" }, [user("Sum up\n\na text")]],
    [{ messages: [{ role: "user", content: [{ type: "text", text: "a" }] }] }, [user("a")]],
  ])("%j", (row, messages) => {
    expect(readRow(row)).toEqual({ messages });
  });

  test("keeps its own id, and reads the field that is named", () => {
    expect(readRow({ id: 7, ask: "a", prompt: "b" }, "ask")).toEqual({ id: "7", messages: [user("a")] });
    expect(readRow({ id: "x", prompt: "b" })).toEqual({ id: "x", messages: [user("b")] });
    expect(readRow({ id: null, prompt: "b" })).toEqual({ messages: [user("b")] });
    for (const row of [{ prompt: "b" }, { ask: null, prompt: "b" }]) {
      expect(readRow(row, "ask")).toEqual({ fault: expect.stringContaining('no field "ask"; it has') });
    }
    expect(readRow({ prompt: "b" }, "")).toEqual({ fault: 'no field ""; it has prompt' });
  });

  test.each([
    [{ query: "a" }, /none of the fields messages.*it has query/],
    [{}, /^none of the fields messages, conversations, prompt, chosen, question, instruction, text; it has none /],
    [{ messages: [user(" \n")] }, /the last turn of the user is empty/],
    [{ messages: [user("a"), { role: "system", content: "s" }, user("b")] }, /a system turn that is not the first/],
    [{ prompt: "" }, /empty/],
    [{ messages: [assistant("a")] }, /no turn of the user/],
    [{ messages: [{ role: "tool", content: "a" }] }, /the role "tool"/],
    [{ prompt: 7 }, /prompt: neither/],
  ])("%j is at fault", (row, fault) => {
    expect(readRow(row)).toEqual({ fault: expect.stringMatching(fault) });
  });
});

describe("a file", () => {
  const rows = async (name: string, content: string | Uint8Array) => {
    const path = join(temporaryFolder(), name);
    writeFileSync(path, content);
    return Array.fromAsync(readRows(path, { shown: name }));
  };

  test("of JSON lines, with its broken line; gzipped", async () => {
    const text = '{"prompt":"a\u2028b"}\n\n{"prompt":\n"c"\n';
    const expected = [
      { where: "p.jsonl:1", row: { prompt: "a\u2028b" } },
      { where: "p.jsonl:3", fault: expect.stringContaining("not JSON") },
      { where: "p.jsonl:4", row: { prompt: "c" } },
    ];
    expect(await rows("p.jsonl", text)).toEqual(expected);
    expect((await rows("p.jsonl.gz", gzipSync(text))).map((row) => "row" in row)).toEqual([true, false, true]);
  });

  test("of comma-separated values, a broken line between whole ones", async () => {
    const read = await rows("p.csv", 'prompt,tag\n"a, ""b""\nand c",1\nd,2,3\ne,4\n');
    expect(read.sort((a, b) => (a.where < b.where ? -1 : 1))).toEqual([
      { where: "p.csv:3", row: { prompt: 'a, "b"\nand c', tag: "1" } },
      { where: "p.csv:4", fault: expect.stringContaining("Length") },
      { where: "p.csv:5", row: { prompt: "e", tag: "4" } },
    ]);
  });

  test("of Parquet", async () => {
    const path = join(temporaryFolder(), "p.parquet");
    parquetWriteFile({ filename: path, columnData: [{ name: "prompt", data: ["a", "b"], type: "STRING" }] });
    const read = await Array.fromAsync(readRows(path, { shown: "p.parquet" }));
    expect(read).toEqual([
      { where: "p.parquet row 1", row: { prompt: "a" } },
      { where: "p.parquet row 2", row: { prompt: "b" } },
    ]);
  });

  test("of Parquet longer than what is read of it at once has every row once", async () => {
    const path = join(temporaryFolder(), "p.parquet");
    const data = Array.from({ length: 2100 }, (_, i) => `row ${i + 1}`);
    parquetWriteFile({ filename: path, columnData: [{ name: "prompt", data, type: "STRING" }] });
    const read = await Array.fromAsync(readRows(path, { shown: "p" }));
    expect(read).toEqual(data.map((prompt) => ({ where: `p ${prompt}`, row: { prompt } })));
  });

  test("of values between tabs, whatever the case of its name", async () => {
    expect(await rows("P.TSV", "prompt\ttag\na, b\t1\n")).toEqual([
      { where: "P.TSV:2", row: { prompt: "a, b", tag: "1" } },
    ]);
    expect(await rows("p.tsv.gz", gzipSync("prompt\na,b\n"))).toMatchObject([{ row: { prompt: "a,b" } }]);
  });

  test("is of the form that is named, before its ending, and of another only where its ending says nothing", async () => {
    const path = join(temporaryFolder(), "p.jsonl");
    writeFileSync(path, '{"prompt":"a"}\n');
    expect(await Array.fromAsync(readRows(path, { format: "text" }))).toMatchObject([
      { row: { prompt: '{"prompt":"a"}' } },
    ]);
    expect(await Array.fromAsync(readRows(path, { otherwise: "text" }))).toMatchObject([{ row: { prompt: "a" } }]);
    const named = join(temporaryFolder(), "p.rows");
    writeFileSync(named, "a\n");
    expect(await Array.fromAsync(readRows(named, { otherwise: "text" }))).toMatchObject([{ row: { prompt: "a" } }]);
  });

  test("of JSON that is broken or in no known encoding is refused for that", async () => {
    await expect(rows("p.json", '["a",')).rejects.toThrow(/p\.json[\s\S]*a JSON list of prompts/);
    await expect(rows("p.json", Buffer.from('["\xe9"]', "latin1"))).rejects.toMatchObject({
      code: "input-invalid",
      details: { found: expect.stringContaining("not UTF-8") },
    });
    expect(await rows("p.json", '{"prompt":"a"}\n{"prompt":"b"}\n')).toHaveLength(2);
    expect(await rows("p.json", '[["a"],null]')).toEqual([
      { where: "p.json[0]", row: { messages: ["a"] } },
      { where: "p.json[1]", fault: "neither an object nor a text: null" },
    ]);
  });

  test("of plain text, and a JSON list", async () => {
    expect(await rows("p.txt", "a\n\nb")).toMatchObject([{ row: { prompt: "a" } }, { where: "p.txt:3" }]);
    expect(await rows("p.json", '["a",{"prompt":"b"},4]')).toMatchObject([
      { row: { prompt: "a" } },
      { row: { prompt: "b" } },
      { where: "p.json[2]", fault: "neither an object nor a text: 4" },
    ]);
  });

  test("that is not there or of an unknown form is refused", async () => {
    await expect(rows("p.docx", "")).rejects.toThrow(/unknown form[\s\S]*\.jsonl/);
    await expect(Array.fromAsync(readRows("/none.jsonl"))).rejects.toThrow("no such file");
  });
});

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-prompts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
