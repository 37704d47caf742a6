import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeFixtureRun } from "../../../test/fixtures/report-run.ts";
import { appendMarks, hashRecord } from "../../review/index.ts";
import { canonicalJson, contentHash, packageVersion } from "../../storage/index.ts";
import { formatQuery } from "../query/index.ts";
import { linesOf, principles, randomChain, writeRun } from "../random-chains.test-support.ts";
import type { Chain, ChainRow, Lineage, ListPage, RecordPage, RunList, RunPage } from "../source.ts";
import { viewerApp } from "./app.ts";
import { tokenHeader } from "./guard.ts";
import { RunSource } from "./run-source.ts";
import { startViewer } from "./start.ts";

const root = mkdtempSync(join(tmpdir(), "precept-view-"));
const token = "a-token-of-this-test";
const chains = Array.from({ length: 40 }, (_, i) => randomChain(i));
const runs = join(root, "runs");
const pages = join(root, "pages");
const source = new RunSource(runs);
const failures: unknown[] = [];
const app = viewerApp({ source, pages, token, hosts: ["viewer.example"], onFailure: (error) => failures.push(error) });

beforeAll(() => {
  writeRun(join(runs, "own"), linesOf(chains));
});
afterAll(async () => {
  await source.close();
  rmSync(root, { recursive: true });
});

/** A worker may take seconds to begin on a busy machine. */
const patience = { timeout: 20_000, interval: 20 };
const own = { host: "127.0.0.1:7710", [tokenHeader]: token };
const ask = async (path: string, headers: Record<string, string> = own): Promise<Response> =>
  app.fetch(new Request(`http://127.0.0.1:7710${path}`, { headers }));
async function read<T>(path: string): Promise<T> {
  const response = await ask(path);
  const body = (await response.json()) as T;
  expect([path, response.status, body]).toEqual([path, 200, expect.anything()]);
  return body;
}
/** Asks until everything is indexed. */
async function readWhole(path: string): Promise<ListPage<ChainRow>> {
  for (;;) {
    const page = await read<ListPage<ChainRow>>(path);
    if (page.indexed === 1) return page;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("the data of a run", () => {
  test("its line, its overview, its chains", async () => {
    const list = await read<RunList>("/api/runs");
    expect(list.runs.map(({ name, state, constitution }) => [name, state, constitution?.principles])).toEqual([
      ["own", "done", principles.length],
    ]);
    const all = await readWhole("/api/runs/own/chains?n=200");
    expect([all.total, all.matching, all.rows.length]).toEqual([40, 40, 40]);
    const page = await read<RunPage>("/api/runs/own");
    expect(page.rooms).toEqual([
      { room: "overview", count: null },
      { room: "chains", count: 40 },
      { room: "principles", count: principles.length },
      { room: "label", count: null },
      { room: "constitution", count: null },
    ]);
    for (const { count, opens } of page.worthALook) {
      const filter = formatQuery(opens?.query ?? { facets: {} });
      expect((await readWhole(`/api/runs/own/chains?${filter}`)).matching).toBe(count);
    }
    const some = await readWhole("/api/runs/own/chains?kind=red-team&from=3&n=4");
    expect([some.from, some.rows.length, some.rows.every(({ kind }) => kind === "red-team")]).toEqual([3, 4, true]);
    expect((await readWhole("/api/runs/own/chains?from=1000")).rows).toEqual([]);
  });

  test("a chain holds every record of its prompt", async () => {
    for (const records of chains.slice(0, 12)) {
      const id = String(records[0]?.["promptId"]);
      const chain = await read<Chain>(`/api/runs/own/chains/${id}`);
      const ids = [
        chain.response?.id,
        ...chain.rounds.flatMap(({ critiques, revision }) => [...critiques.map((one) => one.id), revision?.id]),
        ...chain.examples.map((one) => one.id),
      ];
      expect(ids.filter((one) => one !== undefined).sort()).toEqual(records.map((record) => record["id"]));
      expect(chain.row.path.length).toBe(records.filter(({ type }) => type === "revision").length);
      expect(chain.principles.map((one) => one.id)).toEqual(principles);
    }
  });

  test("a record stands where it says, with what it was made from and what was made from it", async () => {
    const records = chains.find((chain) => chain.some(({ type }) => type === "revision")) ?? [];
    const revision = records.find(({ type }) => type === "revision");
    const page = await read<RecordPage>(`/api/runs/own/records/${revision?.["id"]}`);
    expect([page.record, page.hash, page.file]).toEqual([revision, contentHash(revision), "sl-cai/records.jsonl"]);
    expect(page.parents.map(({ id }) => id)).toEqual(revision?.["parents"]);
    const children = records.filter(({ parents }) => (parents as string[]).includes(String(revision?.["id"])));
    expect(page.children.map(({ id }) => id).sort()).toEqual(children.map(({ id }) => id).sort());
    expect(page.chain).toBe(revision?.["promptId"]);
    expect(await (await ask(`/api/runs/own/raw/${revision?.["id"]}`)).text()).toBe(canonicalJson(revision));
    const lineage = await read<Lineage>(`/api/runs/own/lineage/${revision?.["id"]}`);
    const [prompt] = lineage.nodes.filter(({ kind }) => kind === "prompt");
    expect([prompt?.id, lineage.more]).toEqual([revision?.["promptId"], 0]);
    expect(lineage.edges).toContainEqual({ from: `principle:${revision?.["principleId"]}`, to: revision?.["id"] });
  });

  test("the download holds the lines of what the filter shows", async () => {
    const text = await (await ask("/api/runs/own/records.ndjson?kind=helpful")).text();
    const wanted = chains.filter((records) => records.some(({ kind }) => kind === "helpful"));
    expect(text.trimEnd().split("\n")).toEqual(linesOf(wanted));
    expect((await ask("/api/runs/own/comparisons.ndjson")).status).toBe(200);
    for (const path of ["nothing.ndjson", "chains/nothing.ndjson", "records/nothing.ndjson"]) {
      expect([path, (await ask(`/api/runs/own/${path}`)).status]).toEqual([path, 404]);
    }
  });

  test("an answer that has not changed is not sent again", async () => {
    await readWhole("/api/runs/own/chains");
    const first = await ask("/api/runs/own/chains");
    const tag = first.headers.get("etag") ?? "";
    expect((await ask("/api/runs/own/chains", { ...own, "if-none-match": tag })).status).toBe(304);
  });

  test("a record of 5 MB shows its head, whole signs of it", async () => {
    const [response] = randomChain(1);
    const big = { ...response, response: "ü<script>alert(1)</script>\u202e".repeat(200_000) };
    writeRun(join(runs, "big"), [canonicalJson(big)]);
    await readWhole("/api/runs/big/chains");
    const page = await read<RecordPage>(`/api/runs/big/records/${big["id" as keyof typeof big]}`);
    expect([page.record, page.byteLength > 5e6, canonicalJson(big).startsWith(page.head ?? "?")]).toEqual([
      null,
      true,
      true,
    ]);
    rmSync(join(runs, "big"), { recursive: true });
  });

  test("harbor's report and the overview tell the same", async () => {
    writeFixtureRun(join(runs, "fixture"));
    await readWhole("/api/runs/fixture/chains");
    const page = await read<RunPage>("/api/runs/fixture");
    expect(page.sentence?.join("")).toContain("requests that the constitution governs, the initial model broke it");
    expect(page.figures.map(({ metric }) => metric)).toContain("violation");
    rmSync(join(runs, "fixture"), { recursive: true });
  });
});

test("a mark on a row is written, shows on its chain, filters the list, and is taken back", async () => {
  const folder = join(runs, "marked");
  writeRun(folder, linesOf(chains.slice(0, 8)));
  await readWhole("/api/runs/marked/chains");
  const row = chains
    .slice(0, 8)
    .flat()
    .find(({ type }) => type === "sl-example");
  const response = chains
    .find((chain) => chain.some(({ id }) => id === row?.["id"]))
    ?.find(({ type }) => type === "response");
  const post = async (body: unknown, headers: Record<string, string> = own): Promise<Response> =>
    app.fetch(
      new Request("http://127.0.0.1:7710/api/runs/marked/review", {
        method: "POST",
        body: JSON.stringify(body),
        headers,
      }),
    );
  const mark = (id: unknown, what: string | null) => ({ marks: [{ id, mark: what, note: null }] });
  expect((await post(mark(row?.["id"], "drop"), { host: own.host })).status).toBe(403);
  expect((await post(mark("sl-cai/nobody/response-0", "drop"))).status).toBe(404);
  expect((await post(mark(row?.["id"], "burn"))).status).toBe(422);
  expect((await readWhole("/api/runs/marked/chains?review=drop")).matching).toBe(0);

  const answer = await post(mark(response?.["id"], "drop"));
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { dropped: 1, kept: 0, disputed: 0, notes: 0, isReadOnly: false },
  ]);
  const dropped = await readWhole("/api/runs/marked/chains?review=drop");
  expect(dropped.rows.map(({ id, review }) => [id, review?.verdict])).toEqual([[row?.["promptId"], "drop"]]);
  // What was made from the response is dropped with it.
  const chain = await read<Chain>(`/api/runs/marked/chains/${row?.["promptId"]}`);
  expect(chain.examples.map(({ id, review }) => [id, review?.verdict])).toEqual([[row?.["id"], "drop"]]);
  expect((await read<RecordPage>(`/api/runs/marked/records/${response?.["id"]}`)).review?.own?.mark).toBe("drop");
  // Another person keeps it: the row stays, as for export.
  if (response === undefined) throw new Error("the chain has a response");
  const kept = { id: String(response["id"]), recordHash: hashRecord(response), mark: "keep", by: "another" } as const;
  appendMarks(folder, [{ ...kept, at: new Date().toISOString() }]);
  await readWhole("/api/runs/marked/chains");
  const disputed = await read<Chain>(`/api/runs/marked/chains/${row?.["promptId"]}`);
  expect(disputed.examples.map(({ review }) => review?.verdict)).toEqual(["disputed"]);
  appendMarks(folder, [{ ...kept, mark: null, at: new Date().toISOString() }]);
  await post(mark(response["id"], null));
  expect((await readWhole("/api/runs/marked/chains?review=drop")).matching).toBe(0);
  rmSync(folder, { recursive: true });
});

test("a stage that runs: its chains grow, and are the same once it is closed", async () => {
  const folder = join(runs, "live");
  writeRun(folder, [], { status: "running", records: {} });
  rmSync(join(folder, "sl-cai", "records.jsonl"));
  const log = join(folder, "sl-cai", "records.partial.jsonl");
  const batch = (i: number): string =>
    `${canonicalJson({ batch: `b-${i}`, records: chains.slice(10 * i, 10 * i + 10).flat() })}\n`;
  writeFileSync(log, batch(0));
  expect((await readWhole("/api/runs/live/chains")).total).toBe(10);
  writeFileSync(log, batch(0) + batch(1) + batch(2).slice(0, 50));
  expect((await read<ListPage<ChainRow>>("/api/runs/live/chains")).total).toBeGreaterThanOrEqual(10);
  await expect.poll(async () => (await read<ListPage<ChainRow>>("/api/runs/live/chains")).total, patience).toBe(20);
  const seen = (await readWhole("/api/runs/live/chains?sort=-breaches")).rows;
  rmSync(log);
  writeRun(folder, linesOf(chains.slice(0, 20)));
  utimesSync(join(folder, "manifest.json"), new Date(), new Date(Date.now() + 5000));
  await expect.poll(async () => (await read<RunPage>("/api/runs/live")).line.state, patience).toBe("done");
  expect((await readWhole("/api/runs/live/chains?sort=-breaches")).rows).toEqual(seen);
  rmSync(folder, { recursive: true });
});

test("an index lies beside the run, is used again, and is made anew for other records", async () => {
  const folder = join(runs, "kept");
  writeRun(folder, linesOf(chains.slice(0, 5)));
  const first = new RunSource(join(runs, "kept"));
  const names = (): string[] => (existsSync(join(folder, ".view")) ? readdirSync(join(folder, ".view")) : []);
  const written = async (of: RunSource, before?: string) => {
    await of.chains("kept", { facets: {} }, { from: 0, n: 1 });
    await expect.poll(names, patience).toEqual([expect.stringMatching(/^sl-cai\.[0-9a-f]{16}\.idx$/)]);
    await expect.poll(names, patience).not.toContain(before);
  };
  await written(first);
  await first.close();
  const [name = ""] = names();
  const time = statSync(join(folder, ".view", name)).mtimeMs;
  const second = new RunSource(join(runs, "kept"));
  expect(await second.chains("kept", { facets: {} }, { from: 0, n: 1 })).toMatchObject({ indexed: 1, total: 5 });
  await second.close();
  expect(statSync(join(folder, ".view", name)).mtimeMs).toBe(time);
  writeRun(folder, linesOf(chains.slice(0, 7)));
  const third = new RunSource(join(runs, "kept"));
  await written(third, name);
  expect((await third.chains("kept", { facets: {} }, { from: 0, n: 1 })).total).toBe(7);
  await third.close();
  rmSync(folder, { recursive: true });
});

test.each([
  [
    "of a newer version",
    { format: 99, version: "9.9.0" },
    "Written by Precept 9.9.0, in run format 99. npx precept@9.9.0 view",
  ],
  [
    "of an older version",
    { format: 1, version: "0.1.0" },
    "Written by Precept 0.1.0, in run format 1. npx precept@0.1.0 view",
  ],
  ["with fields of another version", { version: "0.3.0", more: true }, "Written by Precept 0.3.0, in run format 2."],
  ["that lacks something", { seed: "one" }, "This run cannot be read."],
])("a manifest %s is shown as it stands, with who reads it; so is a damaged one", async (_, change, sentence) => {
  const folder = join(runs, "other");
  writeRun(folder, linesOf(chains.slice(0, 2)));
  await readWhole("/api/runs/other/chains");
  const path = join(folder, "manifest.json");
  const manifest = { ...JSON.parse(readFileSync(path, "utf8")), ...change };
  if (!("version" in change)) manifest.version = packageVersion;
  writeFileSync(path, JSON.stringify(manifest));
  utimesSync(path, new Date(), new Date(Date.now() + 5000));
  const page = await read<RunPage>("/api/runs/other");
  const said = page.sentence?.map((part) => (typeof part === "string" ? part : Object.values(part).join(""))).join("");
  expect([said?.startsWith(sentence), page.plain, page.rooms.length]).toEqual([true, manifest, 1]);
  expect([page.line.fault, page.notices.length]).toEqual([expect.any(String), 1]);
  expect((await ask("/api/runs/other/chains")).status).toBe(422);
  writeFileSync(path, "{");
  expect((await read<RunPage>("/api/runs/other")).plain).toBe("{");
  rmSync(folder, { recursive: true });
});

test("a run may be called as a route is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-view-"));
  writeRun(join(folder, "chains"), linesOf([randomChain(0)]));
  const named = new RunSource(folder);
  const served = viewerApp({ source: named, pages, token, hosts: [], onFailure: (error) => failures.push(error) });
  const get = async (path: string): Promise<unknown> =>
    (await served.fetch(new Request(`http://127.0.0.1:7710${path}`, { headers: own }))).json();
  const [row] = ((await get("/api/runs/chains/chains?n=1")) as ListPage<ChainRow>).rows;
  const chain = (await get(`/api/runs/chains/chains/${row?.id ?? ""}`)) as Chain;
  expect(chain.row.id).toBe(row?.id);
  await named.close();
  rmSync(folder, { recursive: true });
});

test("a viewer takes a free port, and its link holds a token that its address does not", async () => {
  const one = await startViewer({ root: runs, pages });
  const two = await startViewer({ root: runs, pages });
  expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
  const { hash } = new URL(one.link);
  expect(hash).toMatch(/^#\/own\?token=/);
  const secret = hash.replace(/^.*token=/u, "");
  expect(secret.length).toBeGreaterThanOrEqual(32);
  expect((await fetch(`${one.url}api/runs`)).status).toBe(403);
  const answer = await fetch(`${one.url}api/runs`, { headers: { [tokenHeader]: secret } });
  expect(answer.status).toBe(200);
  expect((await fetch(`${two.url}api/runs`, { headers: { [tokenHeader]: secret } })).status).toBe(403);
  await expect(startViewer({ root: runs, pages, port: Number(new URL(one.url).port) })).rejects.toThrow(
    "has this port",
  );
  await Promise.all([one.close(), two.close()]);
  expect(failures).toEqual([]);
});
