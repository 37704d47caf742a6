import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { isAlive, type LockOwner, processStart, takeLock } from "./lock.ts";

const self: LockOwner = {
  pid: process.pid,
  processStart: processStart(process.pid) ?? "",
  host: hostname(),
  command: "demo",
};

test("a lock can be taken once, and again after its release", () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder, "demo");
  expect(() => takeLock(folder, "demo")).toThrow(`process ${process.pid} is working on it (precept demo)`);
  lock.release();
  takeLock(folder, "demo").release();
  expect(readdirSync(folder)).toEqual([]);
});

test("a live process keeps its lock", async () => {
  const folder = temporaryFolder();
  const owner = idleProcess();
  write(folder, { ...self, pid: owner.pid ?? 0, processStart: processStart(owner.pid ?? 0) ?? "" });
  expect(() => takeLock(folder, "demo")).toThrow(`stop it (kill ${owner.pid})`);
});

test("a killed process's lock is taken over", async () => {
  const folder = temporaryFolder();
  const owner = idleProcess();
  write(folder, { ...self, pid: owner.pid ?? 0, processStart: processStart(owner.pid ?? 0) ?? "" });
  owner.kill("SIGKILL");
  await once(owner, "exit");
  const lock = takeLock(folder, "second");
  expect(JSON.parse(readFileSync(join(folder, "run.lock"), "utf8"))).toMatchObject({ pid: process.pid });
  lock.release();
  expect(readdirSync(folder)).toEqual([]);
});

test("a process id that was given to another process does not keep the lock", () => {
  const folder = temporaryFolder();
  write(folder, { ...self, processStart: "another time" });
  takeLock(folder, "demo").release();
});

test("a lock of another machine is respected, with the way out named", () => {
  const folder = temporaryFolder();
  write(folder, { ...self, host: "elsewhere", pid: 1 });
  expect(() => takeLock(folder, "demo")).toThrow(/process 1 on elsewhere .*\n.*\ntry: .*remove .*run\.lock/);
});

test("a lock that a power cut left empty is taken over", () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "run.lock"), "");
  takeLock(folder, "demo").release();
});

test("what a process killed while locking left behind is swept away", async () => {
  const folder = temporaryFolder();
  const dead = idleProcess();
  dead.kill("SIGKILL");
  await once(dead, "exit");
  for (const name of [`run.lock.${dead.pid}-00`, `run.lock.dead-${dead.pid}-00`, `run.lock.${process.pid}-00`]) {
    writeFileSync(join(folder, name), "");
  }
  takeLock(folder, "demo").release();
  expect(readdirSync(folder)).toEqual([`run.lock.${process.pid}-00`]);
});

test("releasing leaves a lock alone that has passed to somebody else", () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder, "demo");
  write(folder, { ...self, pid: 1, processStart: "other" });
  lock.release();
  expect(existsSync(join(folder, "run.lock"))).toBe(true);
});

test("a lock names its owner, and a lock that is broken in any way is taken over", () => {
  const folder = temporaryFolder();
  const lock = takeLock(folder, "demo");
  const own: unknown = JSON.parse(readFileSync(join(folder, "run.lock"), "utf8"));
  expect(own).toEqual({ ...self, command: "demo" });
  expect(self.processStart).not.toBe("");
  lock.release();
  for (const text of ["{}", "half a li", JSON.stringify({ ...self, pid: "7" })]) {
    writeFileSync(join(folder, "run.lock"), text);
    takeLock(folder, "demo").release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("whether an owner lives: by its process and when that began, where that is known", () => {
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, processStart: "another time" })).toBe(false);
  expect(isAlive({ ...self, processStart: "unknown" })).toBe(true);
  expect(isAlive({ ...self, pid: 2 ** 30, processStart: "unknown" })).toBe(false);
  expect(isAlive({ ...self, pid: 2 ** 30, host: "elsewhere" })).toBe(true);
});

test.runIf(process.platform === "linux")("an owner that ends while it is looked at is dead", () => {
  const kill = vi.spyOn(process, "kill").mockReturnValue(true);
  onTestFinished(() => kill.mockRestore());
  // It took the signal, and /proc has it no more.
  expect(isAlive({ ...self, pid: 2 ** 30, processStart: "unknown" })).toBe(false);
  expect(kill).toHaveBeenCalledWith(2 ** 30, 0);
});

function write(folder: string, owner: LockOwner): void {
  writeFileSync(join(folder, "run.lock"), JSON.stringify(owner));
}

function idleProcess(): ChildProcess {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "precept-lock-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
