import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { parseConstitution } from "../../constitution/index.ts";
import { linesOf, principles, randomChain, writeRun } from "../random-chains.test-support.ts";
import type { RawRecord } from "../segments/listing.ts";
import { viewerApp } from "../server/app.ts";
import { tokenHeader } from "../server/guard.ts";
import { RunSource } from "../server/run-source.ts";
import type { ConstitutionCheck, ConstitutionPage, SavedConstitution } from "../source-desk.ts";
import { ConstitutionDesk } from "./desk.ts";

const root = mkdtempSync(join(tmpdir(), "precept-desk-"));
const token = "a-token-of-this-test";
const chains = Array.from({ length: 60 }, (_, i) => randomChain(i));
const runs = join(root, "runs");
writeRun(join(runs, "own"), linesOf(chains));
const text = `# Ours, with a reason for every line.
name: test
principles:
${principles.map((id) => `  - id: ${id} # why ${id}\n    text: the answer should keep ${id} .\n`).join("")}`;
writeFileSync(join(runs, "own", "constitution.yaml"), text);
const file = join(root, "constitution.yaml");

const source = new RunSource(runs);
const desk = new ConstitutionDesk({ file });
const onFailure = (error: unknown): void => expect.fail(String(error));
const app = viewerApp({ source, desk, pages: root, token, hosts: [], onFailure });
const readOnly = viewerApp({ source, pages: root, token, hosts: [], onFailure });
const own = { host: "127.0.0.1:7710", [tokenHeader]: token };

beforeEach(() => writeFileSync(file, text));
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
  readonly to?: typeof app;
}

async function send<T>(path: string, { method = "POST", body, headers = own, to = app }: Sent): Promise<[number, T]> {
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  const request = new Request(`http://127.0.0.1:7710${path}`, {
    method,
    headers,
    ...(method === "GET" ? {} : { body: sent }),
  });
  const response = await to.fetch(request);
  return [response.status, (await response.json()) as T];
}
/** Asks until everything is counted. */
async function check(edited: string, add?: string, run = "own"): Promise<ConstitutionCheck> {
  for (;;) {
    const [, found] = await send<ConstitutionCheck>("/api/constitution/check", { body: { run, text: edited, add } });
    if (found.again === null || found.again.indexed === 1) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const open = async (to = app): Promise<ConstitutionPage> =>
  (await send<ConstitutionPage>("/api/runs/own/constitution", { method: "GET", to }))[1];

/** Records of these principles, and all that names one of them among its parents, by walking the records themselves. */
function reachedFrom(changed: readonly string[]): readonly RawRecord[] {
  const records = chains.flat();
  const ids = new Set(
    records.flatMap(({ id, principleId }) => (changed.includes(String(principleId)) ? [String(id)] : [])),
  );
  for (let before = -1; before < ids.size; ) {
    before = ids.size;
    for (const { id, parents } of records) if ((parents as string[]).some((one) => ids.has(one))) ids.add(String(id));
  }
  return records.filter(({ id }) => ids.has(String(id)));
}

describe("the constitution of a run", () => {
  test("stands beside the project's file, which says the same", async () => {
    const page = await open();
    expect([page.run.text, page.own?.text, page.run.principles]).toEqual([text, text, principles.length]);
    expect(page.check).toMatchObject({ isSame: true, changes: [], again: null, hash: parseConstitution(text).hash });
    expect((await open(readOnly)).own).toBeNull();
  });

  test("is told apart by its principles, and what was made under them is counted by its lineage", async () => {
    for (const [from, to, changed] of [
      ["the answer should keep help .", "the answer should help .", ["help"]],
      ["the answer should keep tone .", "the answer should keep tone .\n    weight: 2", ["tone"]],
      ["  - id: danger", "  - id: peril", ["danger"]],
      ["keep danger .", "keep quiet .", ["danger"]],
    ] as const) {
      const { again, isSame } = await check(text.replace(from, to));
      const reached = reachedFrom(changed);
      const of = (type: string, records: readonly RawRecord[]) =>
        records.filter((record) => record["type"] === type).length;
      expect([isSame, again?.principles]).toEqual([false, changed]);
      expect(again?.records).toEqual(
        ["critique", "revision", "sl-example"].map((type) => ({
          type,
          again: of(type, reached),
          of: of(type, chains.flat()),
        })),
      );
    }
  });

  test("makes nothing again for a comment, an order of keys, or an added principle that nobody was asked about", async () => {
    expect(await check(`${text}# the end\n`)).toMatchObject({ isSame: true, changes: [], again: null });
    const { again, changes, principles: n } = await check(text, "Never promise a price");
    expect([n, changes?.map(({ kind, after }) => [kind, after])]).toEqual([5, [["added", "Never promise a price."]]]);
    expect([again?.principles, again?.records.every((line) => line.again === 0)]).toEqual([[], true]);
    expect(JSON.stringify(again?.notes)).toContain(`each of ${chains.length} chains`);
  });

  test("that cannot be read says where and why", async () => {
    const { hash, issues, changes } = await check(text.replace("  - id: help", "  - ident: help"));
    expect([hash, changes]).toEqual([null, null]);
    expect(issues.map(({ level, line }) => [level, line])).toEqual([
      ["fault", 6],
      ["fault", 6],
    ]);
    expect((await check("principles: [")).issues[0]?.level).toBe("fault");
  });

  test("is linted where it stands", async () => {
    const { issues } = await check(text);
    expect(issues.map(({ level, message }) => [level, message])).toContainEqual([
      "warning",
      expect.stringMatching(/./u),
    ]);
  });
});

describe("saving", () => {
  const save = (edited: string, before: string, rest: Sent = {}) =>
    send<SavedConstitution & { error: { code: string; message: string } }>("/api/constitution", {
      method: "PUT",
      body: { run: "own", text: edited, before },
      ...rest,
    });
  const version = async (): Promise<string> => (await open()).own?.version ?? "";

  test("writes the text as it is, comments and all", async () => {
    const edited = (await check(text.replace("keep help", "keep helping"), "Never promise a price.")).text;
    expect(edited).toContain("# why help");
    const [status, saved] = await save(edited, await version());
    expect([status, readFileSync(file, "utf8"), saved.text]).toEqual([200, edited, edited]);
    expect((await save(text, saved.version))[0]).toBe(200);
  });

  test("keeps the line ends of a file of Windows, and a link a link", async () => {
    const other = join(root, "linked.yaml");
    writeFileSync(other, text.replaceAll("\n", "\r\n"));
    rmSync(file);
    symlinkSync(other, file);
    const [status] = await save(text.replace("keep help", "keep helping"), await version());
    expect([status, readFileSync(other, "utf8")]).toEqual([
      200,
      text.replace("keep help", "keep helping").replaceAll("\n", "\r\n"),
    ]);
    rmSync(file);
  });

  test("overwrites nothing that was written meanwhile", async () => {
    const before = await version();
    writeFileSync(file, `${text}# somebody else's\n`);
    const [status, { error }] = await save(text, before);
    expect([status, error.code, readFileSync(file, "utf8")]).toEqual([409, "conflict", `${text}# somebody else's\n`]);
  });

  test("of two at once keeps the first and refuses the second", async () => {
    const before = await version();
    const edits = ["helping", "harmless"].map((word) => text.replace("keep help", `keep ${word}`));
    const found = await Promise.all(edits.map((edited) => save(edited, before)));
    expect(found.map(([status]) => status).sort()).toEqual([200, 409]);
    expect(readFileSync(file, "utf8")).toBe(edits[found.findIndex(([status]) => status === 200)]);
  });

  test("writes one without principles, harbor's control, where the run is of harbor", async () => {
    const folder = join(runs, "harbor");
    writeRun(folder, linesOf(chains.slice(0, 1)));
    const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
    manifest.inputs = { ...manifest.inputs, templates: "harbor-2" };
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    const none = "name: none\nprinciples: []\n";
    const [status] = await save("", "", { body: { run: "harbor", text: none, before: await version() } });
    expect([status, readFileSync(file, "utf8")]).toEqual([200, none]);
  });

  test.each<[string, number, Sent]>([
    ["without the token", 403, { headers: { host: "127.0.0.1:7710" } }],
    ["from another page", 403, { headers: { ...own, origin: "https://evil.example" } }],
    ["under a foreign name", 403, { headers: { ...own, host: "evil.example" } }],
    ["where the viewer has no project", 409, { to: readOnly }],
    ["of no JSON", 422, { body: "text=x" }],
    ["of a path", 422, { body: { run: "own", text, file: "/etc/passwd" } }],
    ["of no constitution", 422, { body: { run: "own", text: "principles: 3", before: "" } }],
    [
      "of no principles, but for harbor",
      422,
      { body: { run: "own", text: "name: none\nprinciples: []\n", before: "" } },
    ],
    ["of a run that is none", 404, { body: { run: "../own", text, before: "" } }],
  ])("%s is refused", async (_, status, rest) => {
    const body = rest.body ?? { run: "own", text: `${text}# x\n`, before: await version() };
    const sound = typeof body === "object" && "before" in body ? { ...body, before: await version() } : body;
    expect((await save("", "", { ...rest, body: sound }))[0]).toBe(status);
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test.each<[string, number, Sent]>([
    ["without the token", 403, { headers: { host: "127.0.0.1:7710" } }],
    ["from another page", 403, { headers: { ...own, origin: "https://evil.example" } }],
    ["of no JSON", 422, { body: "{" }],
    ["against a run that is none", 404, { body: { run: "../own", text } }],
    ["of a question as a principle", 422, { body: { run: "own", text, add: "Is this one?" } }],
  ])("a check %s is refused", async (_, status, rest) => {
    expect((await send("/api/constitution/check", { body: { run: "own", text }, ...rest }))[0]).toBe(status);
  });
});

test("what several principles judged together counts where one of them changed", async () => {
  const folder = join(runs, "pairs");
  writeRun(folder, linesOf(chains.slice(0, 2)));
  const pair = (i: number, ...ids: readonly string[]) => ({
    ...{ schemaVersion: 1, type: "comparison", id: `ai-feedback/p-${i}/comparison`, parents: [], principleId: null },
    evidence: ids.map((principleId) => ({ principleId })),
  });
  const lines = [pair(0, "help", "tone"), pair(1, "tone"), pair(2, "danger", "help")].map((one) => JSON.stringify(one));
  mkdirSync(join(folder, "ai-feedback"));
  writeFileSync(join(folder, "ai-feedback", "records.jsonl"), `${lines.join("\n")}\n`);
  const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
  manifest.stages["ai-feedback"] = { ...manifest.stages["sl-cai"], records: { records: "h" } };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const { again } = await check(text.replace("keep help", "help"), undefined, "pairs");
  expect(again?.records.find(({ type }) => type === "comparison")).toEqual({ type: "comparison", again: 2, of: 3 });
});
