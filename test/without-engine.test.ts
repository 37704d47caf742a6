import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { temporaryFolder } from "./cli.ts";

const root = new URL("../", import.meta.url).pathname;

/** The program in a folder that has every package but the engine's. */
function installWithoutEngine(): string {
  const folder = temporaryFolder();
  for (const part of ["bin", "src", "package.json", "constitutions", "models", "schemas"])
    cpSync(join(root, part), join(folder, part), { recursive: true });
  mkdirSync(join(folder, "node_modules"));
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (/^(?:onnxruntime|koffi|\.)/.test(name)) continue;
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

/** What the clone has of it. */
const { devDependencies }: { devDependencies: Record<string, string> } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
const engine = ["onnxruntime-node", "koffi"].map((name) => `${name}@${devDependencies[name]}`).join(" ");

test("without the engine's packages, what needs none works, and the rest says how to add them", async () => {
  const folder = installWithoutEngine();
  const cwd = temporaryFolder();
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [join(folder, "bin/precept.js"), ...args], { cwd });
  expect((await run("constitution", "lint", join(folder, "constitutions/harbor.yaml"))).stdout).toContain("harbor");
  expect((await run("train", "sft", "--help")).stdout).toContain("precept train sft");
  for (const args of [
    ["demo", "--preset", "smoke"],
    ["generate", "owner/name", "--prompt", "Hello"],
    ["serve", "owner/name"],
  ]) {
    await expect(run(...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`try       npm install --ignore-scripts ${engine}\n`),
    });
  }
  expect(existsSync(join(cwd, "runs"))).toBe(false);
});
