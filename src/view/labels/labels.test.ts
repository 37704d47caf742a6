import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { readAnswerRows, readLabels } from "../../evaluation/index.ts";
import { linesOf, principles, randomChain, writeRun } from "../random-chains.test-support.ts";
import { viewerApp } from "../server/app.ts";
import { tokenHeader } from "../server/guard.ts";
import { RunSource } from "../server/run-source.ts";
import type { LabelAgreement, LabelSheet, LabelTasks } from "../source-desk.ts";

const root = mkdtempSync(join(tmpdir(), "precept-labels-"));
const token = "a-token-of-this-test";
const folder = join(root, "own");
writeRun(folder, linesOf(Array.from({ length: 30 }, (_, i) => randomChain(i))));
const pairs = Array.from({ length: 40 }, (_, i) => {
  const promptId = `q-${String(i).padStart(3, "0")}`;
  const made = {
    schemaVersion: 1,
    constitutionHash: "h",
    templateVersion: "t-1",
    model: "the-judge",
    seed: 1,
    promptId,
  };
  const id = (name: string): string => `ai-feedback/${promptId}/${name}`;
  const answers = ["first", "second"].map((name) => `${name} of ${promptId}`);
  return [
    {
      ...{ ...made, type: "comparison", id: id("comparison"), principleId: null, evidence: [], clamp: null },
      ...{ parents: [id("response-0"), id("response-1")], source: "harmlessness", responses: answers },
      ...{ label: 0.9, raw: i % 4 === 0 ? 0.2 : 0.9 },
    },
    {
      ...{ ...made, type: "response", id: id("response-0"), principleId: null, parents: [promptId], kind: "red-team" },
      ...{ sample: 0, response: answers[0], messages: [{ role: "user", content: `request ${promptId}` }] },
    },
  ];
});
mkdirSync(join(folder, "ai-feedback"));
writeFileSync(join(folder, "ai-feedback", "records.jsonl"), `${linesOf(pairs).join("\n")}\n`);
const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
manifest.stages["ai-feedback"] = { ...manifest.stages["sl-cai"], records: { records: "h" } };
writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));

const source = new RunSource(root);
const app = viewerApp({ source, pages: root, token, hosts: [], onFailure: (error) => expect.fail(String(error)) });
const own = { host: "127.0.0.1:7710", [tokenHeader]: token };
const files = join(folder, "labels");
beforeEach(() => rmSync(files, { recursive: true, force: true }));
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

async function ask<T>(path: string, body?: unknown, headers: Record<string, string> = own): Promise<[number, T]> {
  const method = body === undefined ? "GET" : "POST";
  const sent = typeof body === "string" || body === undefined ? (body ?? null) : JSON.stringify(body);
  const request = new Request(`http://127.0.0.1:7710/api/runs/own/${path}`, { headers, method, body: sent });
  const response = await app.fetch(request);
  return [response.status, (await response.json()) as T];
}
const sheet = { task: "harmlessness", n: 12, seed: 3 };
const address = "labels/harmlessness?n=12&seed=3";
const openSheet = async (at = address): Promise<LabelSheet> => (await ask<LabelSheet>(at))[1];
const give = (id: string, label: string | null, more: object = {}) => ask("labels", { ...sheet, id, label, ...more });

describe("a sheet", () => {
  test("is one task of those that the run has", async () => {
    const [, { tasks, isReadOnly }] = await ask<LabelTasks>("labels");
    expect(tasks.map(({ id, isPair }) => [id, isPair])).toEqual([
      ["harmlessness", true],
      ...principles.map((id) => [`principle:${id}`, false]),
    ]);
    expect([tasks[0]?.available, tasks[0]?.labelled, isReadOnly]).toEqual([40, 0, false]);
  });

  test("holds the same items in the same order for one seed, both orders of answers, and no word of the judge", async () => {
    const [first, again, other] = [
      await openSheet(),
      await openSheet(),
      await openSheet("labels/harmlessness?n=12&seed=4"),
    ];
    expect(first).toEqual(again);
    expect(first.items.map(({ id }) => id)).not.toEqual(other.items.map(({ id }) => id));
    const sides = first.items.map(({ answers }) => answers[0]?.split(" ")[0]);
    expect(new Set(sides)).toEqual(new Set(["first", "second"]));
    expect(JSON.stringify(first)).not.toMatch(/raw|0\.9|the-judge|probability|finding/u);
    for (const { id, messages, answers } of first.items) {
      const promptId = id.split("/")[1];
      expect(messages).toEqual([{ role: "user", content: `request ${promptId}` }]);
      expect([...answers].sort()).toEqual([`first of ${promptId}`, `second of ${promptId}`]);
    }
  });

  test("of a principle shows the answer that the critique read", async () => {
    const { items, task } = await openSheet("labels/principle:help?n=5&seed=1");
    expect([items.length, items[0]?.answers.length, task.labels.map(({ label }) => label)]).toEqual([
      5,
      1,
      ["breaks", "keeps", "not at stake"],
    ]);
    const [status] = await ask("labels", { task: "principle:help", n: 5, seed: 1, id: items[0]?.id, label: "keeps" });
    const read = await readAnswerRows(
      [join(files, "principle-help.jsonl")],
      { id: "help", text: "x", tags: [], weight: 1 },
      undefined,
    );
    expect([status, read.map(({ id, responses }) => [id, responses])]).toEqual([
      200,
      [[items[0]?.id, items[0]?.answers]],
    ]);
  });
});

describe("labels", () => {
  test("are kept of the answers as the record has them, as calibrate reads them, with the order they were shown in", async () => {
    const { items } = await openSheet();
    for (const { id } of items) expect((await give(id, "a"))[0]).toBe(200);
    const path = join(files, "harmlessness.jsonl");
    const rows = await readAnswerRows([path], "harmlessness", undefined);
    const labels = await readLabels(join(files, "harmlessness.labels.jsonl"), "harmlessness", true);
    const [mine] = [...labels.values()];
    expect(rows.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    for (const { id, answers } of items) {
      const row = rows.find((one) => one.id === id);
      expect(row?.responses[mine?.get(id) === "first" ? 0 : 1]).toBe(answers[0]);
      const line = readFileSync(join(files, "harmlessness.labels.jsonl"), "utf8")
        .split("\n")
        .find((one) => one.includes(id));
      const { shown, seed } = JSON.parse(line ?? "{}");
      expect([shown === "swapped" ? answers[1] : answers[0], seed]).toEqual([`first of ${id.split("/")[1]}`, 3]);
    }
    expect((await openSheet()).items.map(({ given }) => given)).toEqual(items.map(() => "a"));
  });

  test("are taken back, and leave what others said", async () => {
    const [first, second] = (await openSheet()).items.map(({ id }) => id);
    mkdirSync(files);
    const other = JSON.stringify({ id: first, label: "tie", annotator: "somebody else" });
    writeFileSync(join(files, "harmlessness.labels.jsonl"), `${other}\n`);
    await Promise.all([give(first ?? "", "b"), give(second ?? "", "tie")]);
    expect((await ask<LabelTasks>("labels"))[1].tasks[0]?.labelled).toBe(2);
    await give(first ?? "", null);
    await give(second ?? "", null);
    expect(readFileSync(join(files, "harmlessness.labels.jsonl"), "utf8")).toBe(`${other}\n`);
  });

  test("are held against the judge once there are any, not before", async () => {
    expect((await ask("labelled/harmlessness?n=12&seed=3"))[0]).toBe(409);
    const { items } = await openSheet();
    const isFirst = (id: string): boolean => Number(id.split("/")[1]?.slice(2)) % 4 !== 0;
    for (const [i, { id, answers }] of items.entries()) {
      const judged = `${isFirst(id) ? "first" : "second"} of ${id.split("/")[1]}`;
      const agreed = answers[0] === judged ? "a" : "b";
      await give(id, i < 3 ? "tie" : agreed);
    }
    const [, found] = await ask<LabelAgreement>("labelled/harmlessness?n=12&seed=3");
    expect([found.agreement.estimate, found.agreement.n, found.judge]).toEqual([9 / 12, 12, "the-judge"]);
    expect(found.disagreements.map(({ id, given }) => [id, given])).toEqual(
      items.slice(0, 3).map(({ id }) => [id, "tie"]),
    );
  });
});

describe("a label is refused", () => {
  const first = async (): Promise<string> => (await openSheet()).items[0]?.id ?? "";
  test.each<[string, number, object | string, Record<string, string>]>([
    ["without the token", 403, {}, { host: "127.0.0.1:7710" }],
    ["from another page", 403, {}, { ...own, origin: "https://evil.example" }],
    ["as no JSON", 422, "{", own],
    ["that no key gives", 404, { label: "excellent" }, own],
    ["of no record", 404, { id: "ai-feedback/nobody/comparison" }, own],
    ["of a record of another kind", 404, { id: "sl-cai/p-00001/response-0" }, own],
    ["for a task that is a path", 404, { task: "../../etc" }, own],
    ["of a sheet without end", 422, { n: 1e9 }, own],
  ])("%s", async (_, status, wrong, headers) => {
    const body = typeof wrong === "string" ? wrong : { ...sheet, id: await first(), label: "a", ...wrong };
    expect((await ask("labels", body, headers))[0]).toBe(status);
  });

  test.each([
    ["harmlessness.labels.jsonl", '{"id":"cut'],
    ["harmlessness.labels.jsonl", '{"label":"first"}'],
    ["harmlessness.jsonl", '{"messages":[]}'],
  ])("over a damaged line of %s: %s", async (name, line) => {
    const id = await first();
    const damaged = `${JSON.stringify({ id, label: "first", annotator: "somebody else" })}\n${line}`;
    mkdirSync(files);
    writeFileSync(join(files, name), damaged);
    const [status, { error }] = (await give(id, "a")) as [number, { error: { message: string } }];
    expect([status, error.message]).toEqual([422, expect.stringContaining(`${name}:2`)]);
    expect([readdirSync(files), readFileSync(join(files, name), "utf8")]).toEqual([[name], damaged]);
  });

  test("where its folder is a link out of the run", async () => {
    const out = mkdtempSync(join(root, "out-"));
    const id = await first();
    symlinkSync(out, files);
    expect((await give(id, "a"))[0]).toBe(403);
    rmSync(files);
  });

  test.skipIf(process.getuid?.() === 0)("where the run cannot be written", async () => {
    const id = await first();
    chmodSync(folder, 0o555);
    const [status] = await give(id, "a");
    chmodSync(folder, 0o755);
    expect(status).toBe(409);
  });
});
