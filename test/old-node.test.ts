import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./cli.ts";

/** A Node older than the engines field, if this machine has one. */
const oldNode = ["/usr/bin/node", "/usr/local/bin/node"].find((path) => {
  if (!existsSync(path)) return false;
  const [major = 0, minor = 0] = spawnSync(path, ["--version"], { encoding: "utf8" })
    .stdout.slice(1)
    .split(".")
    .map(Number);
  return major >= 20 && (major < 22 || (major === 22 && minor < 18));
});

const root = new URL("../", import.meta.url).pathname;

test.runIf(oldNode)("an old Node hands over to the pinned one, exit code and all", () => {
  const run = (...args: string[]) =>
    spawnSync(oldNode ?? "", [join(root, "bin/precept.js"), ...args], { encoding: "utf8" });
  expect(run("--version").stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(run("nonsense").status).toBe(2);
});

test.runIf(oldNode)("an old Node alone says what it lacks", () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "bin/precept.js"), join(folder, "bin/precept.js"));
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  symlinkSync(join(folder, "bin/precept.js"), join(folder, "precept"));
  const { status, stderr } = spawnSync(oldNode ?? "", [join(folder, "precept"), "demo"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toMatch(/expected {2}Node 22\.18 or later/);
  expect(stderr).not.toMatch(/\n\s+at /);
});

test.runIf(oldNode)("a signal to the old Node ends the pinned one cleanly", { timeout: 120_000 }, async () => {
  const cwd = temporaryFolder();
  const args = [join(root, "bin/precept.js"), "demo", "--preset", "smoke", "--out", "run"];
  const wrapper = spawn(oldNode ?? "", args, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  wrapper.stderr.setEncoding("utf8").on("data", (text: string) => {
    if (stderr === "") wrapper.kill("SIGTERM");
    stderr += text;
  });
  // Closed once nobody holds stderr: neither of the two is left.
  expect(await once(wrapper, "close")).toEqual([130, null]);
  expect(stderr).toContain("the same command continues where it stopped");
});
