import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createConstitution, formatConstitution } from "../../constitution/index.ts";
import { daysOf, eventOf, writeLog } from "../../guard/audit-log.test-support.ts";
import { type GuardObserved, openAudit, principleHash } from "../../guard/index.ts";
import { linesOf, randomChain, writeRun } from "../random-chains.test-support.ts";
import { RunSource } from "../server/run-source.ts";
import type { ListPage } from "../source.ts";
import type { GuardEventPage, GuardPage, GuardRow } from "../source-guard.ts";

const log = "guard-audit.jsonl";

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-guard-log-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function openSource(root: string): RunSource {
  const source = new RunSource(root);
  onTestFinished(() => source.close());
  return source;
}

/** A viewer of a log, and what it answers. */
async function viewerOf(events: readonly GuardObserved[], folder = folderOf()) {
  writeLog(join(folder, log), events);
  const source = openSource(join(folder, log));
  const ask = async <T>(path: string, search = ""): Promise<T> =>
    (await source.answer(log, ["guard", ...path.split("/").filter((part) => part !== "")], search)) as T;
  await source.run(log);
  return { folder, source, ask, list: (search: string) => ask<ListPage<GuardRow>>("", search) };
}

const varied = [
  eventOf({ id: "a", stage: "input", text: "SAID a" }),
  eventOf({ id: "b", principles: ["calm", "privacy"], action: "block", text: "SAID b", evidence: "SAID" }),
  eventOf({ id: "c", principles: ["privacy"], check: "critic", action: "observe", addedMs: 30, text: "SAID c" }),
  eventOf({ id: "d", principles: ["calm"], check: "head:calm", action: "block", status: "failed-closed" }),
];

test("the list is the log from its end, and its facets count what the log holds", async () => {
  const { list } = await viewerOf(varied);
  const page = await list("");
  expect(page.rows.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
  expect(page.rows[2]).toMatchObject({ action: "block", principle: "calm", check: "words", score: 0.9, more: 1 });
  const counts = Object.fromEntries(page.facets.map(({ id, values }) => [id, values.filter(({ count }) => count > 0)]));
  expect(counts["action"]?.map(({ value, count }) => [value, count])).toEqual([
    ["block", 2],
    ["observe", 1],
    ["pass", 1],
  ]);
  expect(counts["principle"]?.map(({ value, count }) => [value, count])).toEqual([
    ["calm", 2],
    ["privacy", 2],
  ]);
  const ids = async (search: string) => (await list(search)).rows.map(({ id }) => id);
  expect(await ids("principle=privacy&action=block")).toEqual(["b"]);
  expect(await ids("status=failed-closed")).toEqual(["d"]);
  expect(await ids("check=critic")).toEqual(["c"]);
  expect((await ids("sort=-added"))[0]).toBe("c");
});

test("no text leaves the log before it is asked for", async () => {
  const { ask, list } = await viewerOf(varied);
  const hidden = await ask<GuardEventPage>("b");
  expect(JSON.stringify([hidden, await list(""), await ask("summary")])).not.toContain("SAID");
  expect(hidden).toMatchObject({ holds: "full", text: null, findings: [{ principle: "calm", evidence: null }, {}] });
  const shown = await ask<GuardEventPage>("b", "texts=1");
  expect([shown.text, shown.findings[0]?.evidence]).toEqual(["SAID b", "SAID"]);
  await expect(ask("nobody")).rejects.toThrow("nothing at guard/nobody");
});

test("a principle has its text where the constitution beside the log has it in the guard's own words", async () => {
  const principles = [
    { id: "calm", text: "Do not swear." },
    { id: "privacy", text: "Keep addresses." },
  ];
  const constitution = createConstitution({ name: "own", principles });
  const [calm] = constitution.principles;
  const [event] = varied.slice(1, 2).map((one) => ({
    ...one,
    findings: one.findings.map((finding) =>
      finding.principleId === "calm" && calm !== undefined
        ? { ...finding, principleHash: principleHash(calm) }
        : finding,
    ),
  }));
  const { folder, ask } = await viewerOf(event === undefined ? [] : [event]);
  writeFileSync(join(folder, "constitution.yaml"), formatConstitution(constitution));
  const { findings } = await ask<GuardEventPage>("b");
  expect(findings.map(({ principle, principleText }) => [principle, principleText])).toEqual([
    ["calm", "Do not swear."],
    ["privacy", null],
  ]);
});

test("the summary is that of precept guard audit, and says what the log holds of texts", async () => {
  const { ask } = await viewerOf(daysOf(10, (day) => (day < 5 ? 2 : 12)));
  const { summary, read, unread, texts, file } = await ask<GuardPage>("summary");
  expect([read, unread, texts, file]).toEqual([1, 0, "full", log]);
  expect(summary.drift.principles).toMatchObject([{ id: "calm", verdict: "rose" }]);
});

test("a log that grows is read on, and one that was begun anew is read anew", async () => {
  const { folder, ask, list, source } = await viewerOf(varied);
  expect((await list("")).total).toBe(4);
  const writer = openAudit(join(folder, log));
  writer.append(eventOf({ id: "e", principles: ["calm"], action: "block" }));
  expect((await source.runs()).runs[0]?.state).toBe("running");
  await setTimeout(300);
  await expect.poll(async () => (await list("")).rows[0]?.id).toBe("e");
  expect((await ask<GuardPage>("summary")).summary.actions).toMatchObject({ block: 3 });
  writer.close();
  expect((await source.runs()).runs[0]?.state).toBe("done");
  rmSync(join(folder, log));
  writeLog(join(folder, log), [eventOf({ id: "new" })]);
  await setTimeout(300);
  await expect.poll(async () => (await list("")).rows.map(({ id }) => id)).toEqual(["new"]);
  expect((await ask<GuardPage>("summary")).summary.texts).toBe(1);
});

test("a run has the room where a log lies in it, a project lists its log, and a file of another kind is refused", async () => {
  const folder = folderOf();
  writeRun(join(folder, "runs", "own"), linesOf([randomChain(1)]));
  writeLog(join(folder, "runs", "own", "log.jsonl"), varied);
  writeLog(join(folder, log), varied);
  const project = openSource(folder);
  expect((await project.runs()).runs.map(({ name, kind }) => [name, kind])).toEqual([
    ["runs/own", expect.anything()],
    [log, "guard"],
  ]);
  const rooms = async (run: string) => (await project.run(run)).rooms.map(({ room }) => room);
  expect(await rooms("runs/own")).toContain("guard");
  expect(await rooms(log)).toEqual(["overview", "guard"]);
  writeFileSync(join(folder, "other.jsonl"), '{"a": 1}\n');
  await expect(openSource(join(folder, "other.jsonl")).runs()).rejects.toThrow("no event of a guard");
});

test("a damaged line stays alone, and lines are given as they stand", async () => {
  const folder = folderOf();
  const path = join(folder, log);
  writeLog(path, varied);
  const [first = "", ...rest] = readFileSync(path, "utf8").split("\n");
  writeFileSync(path, [first, "{ half a li", '{"id":"x","action":"block"}', ...rest].join("\n"));
  const source = openSource(path);
  await source.run(log);
  const page = (await source.answer(log, ["guard"], "")) as ListPage<GuardRow>;
  expect(page.rows.map(({ id }) => id)).toEqual(["d", "c", "b", "a"]);
  expect(page.notices.map(({ text }) => text)).toEqual([
    expect.stringContaining("Line 2 of guard-audit.jsonl is no JSON"),
  ]);
  expect((await source.answer(log, ["guard", "summary"])) as GuardPage).toMatchObject({ unread: 2 });
  const lines: string[] = [];
  for await (const line of (await source.lines(log, ["guard"], "action=pass")) ?? []) lines.push(line.toString());
  expect(lines).toEqual([`${first}\n`]);
});
