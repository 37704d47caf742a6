import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { PreceptError } from "../../errors.ts";
import { cacheStats, pruneCache } from "./manage.ts";
import { cacheFolder, cacheKey, ResponseCache } from "./response-cache.ts";

const root = mkdtempSync(join(tmpdir(), "precept-cache-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A process that writes answers `from` … until it is killed or done, and prints each hundred. */
function writer(folder: string, from: number, count: number) {
  const module = new URL("./response-cache.ts", import.meta.url).href;
  const code = `
    const { ResponseCache, cacheKey } = await import(${JSON.stringify(module)});
    const cache = ResponseCache.open(${JSON.stringify(folder)});
    for (let i = ${from}; i < ${from + count}; i++) {
      cache.put(cacheKey({ i }), "m", { text: "answer " + i + " ".repeat(500) });
      if (i % 50 === 0) { await new Promise((r) => setTimeout(r, 5)); console.log(i); }
    }
    cache.flush();`;
  return spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
}

describe("ResponseCache", () => {
  it("keys by everything that shapes an answer, in any order", () => {
    expect(cacheKey({ a: 1, b: [2] })).toBe(cacheKey({ b: [2], a: 1 }));
    expect(cacheKey({ a: 1, seed: 1 })).not.toBe(cacheKey({ a: 1, seed: 2 }));
    expect(cacheFolder({ PRECEPT_CACHE: "/x/y" })).toBe("/x/y");
    expect(cacheFolder({ XDG_CACHE_HOME: "/c" })).toBe("/c/precept");
  });

  it("gives back what was put, at once and after closing", () => {
    const folder = join(root, "plain");
    const cache = ResponseCache.open(folder);
    cache.put("k", "m", { text: "é\u0000 \ud83d\ude00", n: 1 });
    expect(cache.get("k")).toEqual({ text: "é\u0000 \ud83d\ude00", n: 1 });
    expect(cache.get("other")).toBeUndefined();
    cache.close();
    const again = ResponseCache.open(folder);
    expect(again.get("k")).toEqual({ text: "é\u0000 \ud83d\ude00", n: 1 });
    expect(again.stats()).toMatchObject({ answers: 1, models: [{ model: "m", answers: 1 }] });
    again.put("l", "n", 1);
    expect(again.prune({ model: "m" })).toBe(1);
    expect(again.get("k")).toBeUndefined();
    expect(again.prune({ before: Date.now() - 60_000 })).toBe(0);
    expect(again.prune({})).toBe(1);
    again.close();
  });

  it("listens for the end of the process once, however many are open", () => {
    const before = process.listenerCount("exit");
    const caches = Array.from({ length: 12 }, (_, n) => ResponseCache.open(join(root, `many-${n}`)));
    expect(process.listenerCount("exit")).toBeLessThanOrEqual(before + 1);
    for (const cache of caches) cache.close();
  });

  it("takes several processes at once, and a kill in the middle of them", async () => {
    const folder = join(root, "several");
    const killed = writer(folder, 0, 100_000);
    const others = [writer(folder, 200_000, 500), writer(folder, 300_000, 500), writer(folder, 200_000, 500)];
    const ends = others.map((child) => once(child, "exit"));
    let printed = 0;
    killed.stdout.on("data", (chunk: Buffer) => {
      printed = Math.max(printed, ...chunk.toString().trim().split("\n").map(Number));
      if (printed >= 600) killed.kill("SIGKILL");
    });
    expect(await once(killed, "exit")).toEqual([null, "SIGKILL"]);
    for (const [code] of await Promise.all(ends)) expect(code).toBe(0);
    const cache = ResponseCache.open(folder);
    for (const i of [0, 100, 200_000, 200_499, 300_000, 300_499]) {
      expect(cache.get(cacheKey({ i }))).toEqual({ text: `answer ${i}${" ".repeat(500)}` });
    }
    expect(cache.stats().answers).toBeGreaterThan(1000);
    cache.close();
  });

  it("is opened by several processes at the same moment", async () => {
    const module = new URL("./response-cache.ts", import.meta.url).href;
    const folders = Array.from({ length: 40 }, (_, n) => join(root, `at-once-${n}`));
    // In step: each folder is new at a time that all of them wait for.
    const code = `
      const { ResponseCache } = await import(${JSON.stringify(module)});
      process.stdout.write("ready");
      await new Promise((begin) => process.stdin.once("data", begin));
      for (const [n, folder] of ${JSON.stringify(folders)}.entries()) {
        while (Date.now() % 20 !== 0) {}
        const cache = ResponseCache.open(folder);
        cache.put(String(process.pid), "m", n);
        cache.close();
        while (Date.now() % 20 === 0) {}
      }`;
    const openers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    await Promise.all(openers.map((child) => once(child.stdout, "data")));
    for (const child of openers) child.stdin.end("begin");
    for (const [status] of await Promise.all(openers.map((child) => once(child, "exit")))) expect(status).toBe(0);
    for (const folder of folders) expect(cacheStats(folder).answers).toBe(4);
  });

  it("sets a damaged file aside", () => {
    const folder = join(root, "damaged");
    ResponseCache.open(folder).close();
    writeFileSync(
      join(folder, "answers.sqlite"),
      "this is no database at all, but long enough to be read as one ".repeat(50),
    );
    const cache = ResponseCache.open(folder);
    cache.put("k", "m", 1);
    cache.flush();
    expect(cache.get("k")).toBe(1);
    expect(existsSync(join(folder, "answers.sqlite.damaged"))).toBe(true);
    cache.close();
  });
});

describe("looking after a cache", () => {
  it("makes none where there is none", () => {
    const folder = join(root, "nowhere");
    expect(cacheStats(folder)).toMatchObject({ path: folder, answers: 0, bytes: 0, oldest: null, models: [] });
    expect(pruneCache(folder, { all: true })).toBe(0);
    expect(existsSync(folder)).toBe(false);
  });

  it("removes what is named, and never everything by mistake", () => {
    const folder = join(root, "pruned");
    const cache = ResponseCache.open(folder);
    for (const [key, model] of ["m", "m", "n"].entries()) cache.put(`${key}`, model, { text: "hello" });
    expect(cacheStats(folder)).toMatchObject({ answers: 3, models: [{ model: "m", answers: 2 }, { model: "n" }] });
    expect(() => pruneCache(folder, {})).toThrow(PreceptError);
    expect(pruneCache(folder, { olderThanDays: 1 })).toBe(0);
    expect(pruneCache(folder, { model: "m", olderThanDays: 1 })).toBe(0);
    expect(pruneCache(folder, { model: "m" })).toBe(2);
    expect(pruneCache(folder, { all: true })).toBe(1);
  });
});
