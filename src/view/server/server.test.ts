import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeFixtureRun } from "../../../test/fixtures/report-run.ts";
import { canonicalJson, contentHash, hashText } from "../../storage/index.ts";
import { formatQuery } from "../query/index.ts";
import { principles, randomChain } from "../random-chains.test-support.ts";
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

function writeRun(folder: string, lines: readonly string[], stage: object = {}): void {
  mkdirSync(join(folder, "sl-cai"), { recursive: true });
  const text = lines.map((line) => `${line}\n`).join("");
  const entry = { status: "done", after: [], inputsHash: "h", checkpoints: [], seconds: 1, peakMemoryBytes: 1 };
  const manifest = {
    ...{
      format: 2,
      kind: "project",
      version: "0.2.0",
      node: "v24",
      platform: "linux",
      gitCommit: null,
      command: "run",
    },
    ...{ seed: 1, config: {}, inputs: { constitution: "sha256:12" } },
    stages: { "sl-cai": { ...entry, records: { records: hashText(text) }, ...stage } },
  };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  const named = principles.map((id) => ({ id, text: `the answer should keep ${id} .` }));
  writeFileSync(join(folder, "constitution.json"), JSON.stringify({ name: "test", principles: named }));
  writeFileSync(join(folder, "sl-cai", "records.jsonl"), text);
}

const linesOf = (some: typeof chains): string[] => some.flat().map((record) => canonicalJson(record));

beforeAll(() => {
  writeRun(join(runs, "own"), linesOf(chains));
  mkdirSync(join(pages, "assets"), { recursive: true });
  writeFileSync(join(pages, "index.html"), "<!doctype html><title>Precept</title>");
  writeFileSync(join(pages, "assets", "page.js"), "1;");
  writeFileSync(join(root, "secret.txt"), "classified");
  symlinkSync(join(root, "secret.txt"), join(pages, "link.txt"));
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

describe("a request is turned away with 403", () => {
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(own).filter(([header]) => header !== name));
  test.each<[string, Record<string, string>]>([
    ["under a foreign name, as DNS rebinding sends it", { ...own, host: "evil.example:7710" }],
    ["under a name that begins like ours", { ...own, host: "localhost.evil.example" }],
    ["without a host", without("host")],
    ["of another origin", { ...own, origin: "https://evil.example" }],
    ["of no origin that can be named", { ...own, origin: "null" }],
    ["of another site", { ...own, "sec-fetch-site": "cross-site" }],
    ["of a sister site", { ...own, "sec-fetch-site": "same-site" }],
    ["without the token, though it only reads", without(tokenHeader)],
    ["with another token", { ...own, [tokenHeader]: `${token.slice(0, -1)}x` }],
    ["with the beginning of the token", { ...own, [tokenHeader]: token.slice(0, 4) }],
  ])("%s", async (_, headers) => {
    for (const path of ["/api/runs", "/api/nothing"]) {
      const response = await ask(path, headers);
      expect([response.status, await response.json()]).toEqual([
        403,
        { error: { code: "forbidden", message: expect.any(String) } },
      ]);
    }
  });

  test("for its pages too, but they need no token", async () => {
    expect((await ask("/", { host: "evil.example" })).status).toBe(403);
    expect((await ask("/", { host: "127.0.0.1:7710", "sec-fetch-site": "none" })).status).toBe(200);
  });

  test("where a file of a run is a link out of it", async () => {
    const folder = join(runs, "linked");
    writeRun(folder, linesOf(chains.slice(0, 2)));
    renameSync(join(folder, "sl-cai", "records.jsonl"), join(root, "records.jsonl"));
    symlinkSync(join(root, "records.jsonl"), join(folder, "sl-cai", "records.jsonl"));
    const response = await ask("/api/runs/linked");
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining("link out of the run")]);
    rmSync(folder, { recursive: true });
  });
});

test.each(["localhost:1", "[::1]:7710", "127.0.0.1", "viewer.example:443", "VIEWER.example"])(
  "%s may ask",
  async (host) => {
    const headers = { ...own, host, origin: `http://${host}`, "sec-fetch-site": "same-origin" };
    expect((await ask("/api/runs", headers)).status).toBe(200);
  },
);

test.each([
  "/../secret.txt",
  "/%2e%2e/secret.txt",
  "/..%2fsecret.txt",
  "/assets/..%2f..%2fsecret.txt",
  "/link.txt",
  "/%",
  "/assets",
  "/nothing.js",
  "/api/runs/..",
  "/api/runs/%2e%2e%2fpages",
  "/api/runs/..%2f..%2fetc",
  `/api/runs/${encodeURIComponent(root)}`,
  "/api/runs/own/records/..%2f..%2fmanifest.json",
  "/api/runs/own/chains/nobody",
  "/api/runs/own/lineage/nothing",
  "/api/runs/own/raw/sl-cai/nothing",
])("nothing is at %s", async (path) => {
  const response = await ask(path);
  expect([response.status, await response.text()]).toEqual([404, expect.not.stringContaining("classified")]);
});

test("every answer carries the policy, a refused one too", async () => {
  for (const headers of [own, { host: "evil.example" }]) {
    const { headers: said } = await ask("/", headers);
    const policy = said.get("content-security-policy") ?? "";
    expect(policy.split("; ")).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "font-src 'self'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    expect([said.get("x-content-type-options"), said.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
  }
  expect((await ask("/assets/page.js")).headers.get("content-type")).toBe("text/javascript; charset=utf-8");
});

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

test("a viewer takes a free port, and its link holds a token that its address does not", async () => {
  const one = await startViewer({ root: runs, pages });
  const two = await startViewer({ root: runs, pages });
  expect(new URL(one.url).port).not.toBe(new URL(two.url).port);
  const { hash } = new URL(one.link);
  const secret = hash.replace("#token=", "");
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
