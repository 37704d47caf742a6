import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";

/** What another process does between the look at a dead owner's lock and its removal. */
const between = vi.hoisted(() => ({ act: () => {} }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  return {
    ...fs,
    renameSync: (from: string, to: string) => {
      between.act();
      fs.renameSync(from, to);
    },
  };
});

test("a lock that a live process took in the meantime is put back", async () => {
  // Files share their modules: another one may have loaded this with the real file system.
  vi.resetModules();
  onTestFinished(() => void vi.resetModules());
  const { takeLock } = await import("./lock.ts");
  const [folder, elsewhere] = [0, 1].map(() => mkdtempSync(join(tmpdir(), "precept-lock-race-")));
  if (folder === undefined || elsewhere === undefined) throw new Error("no folder");
  onTestFinished(() => [folder, elsewhere].forEach((path) => void rmSync(path, { recursive: true })));
  const path = join(folder, "run.lock");
  const lock = takeLock(elsewhere, "other");
  const live = readFileSync(join(elsewhere, "run.lock"), "utf8");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(live), processStart: "another time" }));
  between.act = () => copyFileSync(join(elsewhere, "run.lock"), path);
  expect(() => takeLock(folder, "demo")).toThrow(`process ${process.pid} is working on it (precept other)`);
  between.act = () => {};
  expect(existsSync(path) ? readFileSync(path, "utf8") : "gone").toBe(live);
  lock.release();
});
