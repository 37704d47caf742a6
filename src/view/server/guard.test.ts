import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { linesOf, randomChain, writeRun } from "../random-chains.test-support.ts";
import { viewerApp } from "./app.ts";
import { tokenHeader } from "./guard.ts";
import { RunSource } from "./run-source.ts";

const root = mkdtempSync(join(tmpdir(), "precept-guard-"));
const token = "a-token-of-this-test";
const chains = Array.from({ length: 3 }, (_, i) => randomChain(i));
const runs = join(root, "runs");
const pages = join(root, "pages");
const source = new RunSource(runs);
const app = viewerApp({
  source,
  pages,
  token,
  hosts: ["viewer.example"],
  onFailure: (error) => expect.fail(String(error)),
});

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

const own = { host: "127.0.0.1:7710", [tokenHeader]: token };
const ask = async (path: string, headers: Record<string, string> = own): Promise<Response> =>
  app.fetch(new Request(`http://127.0.0.1:7710${path}`, { headers }));

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

  test("by another page, unless somebody goes to the page itself", async () => {
    const crossing = { host: "127.0.0.1:7710", "sec-fetch-site": "cross-site" };
    const going = { ...crossing, "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
    expect((await ask("/", going)).status).toBe(200);
    expect((await ask("/", { ...going, host: "evil.example" })).status).toBe(403);
    expect((await ask("/", { ...going, "sec-fetch-dest": "iframe" })).status).toBe(403);
    expect((await ask("/", crossing)).status).toBe(403);
    for (const path of ["/assets/page.js", "/api/runs"]) {
      expect((await ask(path, { ...going, [tokenHeader]: token })).status).toBe(403);
    }
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
    expect(policy.split("; ").sort()).toEqual([
      "base-uri 'none'",
      "connect-src 'self'",
      "default-src 'none'",
      "font-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "img-src 'self' data:",
      "require-trusted-types-for 'script'",
      "script-src 'self'",
      "style-src 'self'",
      "trusted-types 'none'",
    ]);
    expect([said.get("x-content-type-options"), said.get("referrer-policy")]).toEqual(["nosniff", "no-referrer"]);
  }
  expect((await ask("/assets/page.js")).headers.get("content-type")).toBe("text/javascript; charset=utf-8");
});
