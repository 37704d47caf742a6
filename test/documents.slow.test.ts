import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { entriesFor, readCommandLines, repositoryPath, same } from "./support/documents.ts";
import { type ServerProcess, spawnModelServer } from "./support/model-server/process.ts";
import { documents } from "./support/shown-lines.ts";

let root = "";
let server: ServerProcess;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "precept-documents-"));
  server = await spawnModelServer();
  // `npx precept` is the clone's own program.
  writeFileSync(
    join(root, "npx"),
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${repositoryPath("bin/precept.js")}" "$@"\n`,
  );
  chmodSync(join(root, "npx"), 0o755);
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true, force: true });
});

const spawnShell = (line: string, cwd: string) =>
  spawn("sh", ["-c", `set -e; ${line}`], {
    cwd,
    detached: true,
    env: { ...process.env, PATH: `${root}:${process.env["PATH"]}`, SERVER: server.url, CI: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });

/** Runs a line to its end; one that serves, until it has answered. */
async function runLine(line: string, cwd: string, port: number | undefined): Promise<void> {
  const child = spawnShell(line, cwd);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const closed = once(child, "close");
  let isOver = false;
  void closed.then(() => {
    isOver = true;
  });
  if (port !== undefined) {
    // Any answer will do: the viewer has no /health.
    const isUp = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined)) !== undefined;
    while (!isOver && !(await isUp())) await setTimeout(250);
    expect(isOver, `${line}\n${output}`).toBe(false);
    process.kill(-(child.pid ?? 0), "SIGINT");
    await closed;
    return;
  }
  const [code] = await closed;
  expect(code, `${line}\n${output}`).toBe(0);
}

test.each(documents)(
  "the command lines of $path run, in their order, in a folder of their own",
  async (document) => {
    const lines = readCommandLines(document.path);
    expect(lines.length).toBeGreaterThan(0);
    const entries = entriesFor(lines, document.entries);
    const folder = mkdtempSync(join(root, "work-"));
    await document.prepare(folder, server.url);
    for (const { line, entry } of entries) {
      if (typeof entry === "object" && "skip" in entry) continue;
      if (typeof entry === "object") await runLine(entry.serve, folder, entry.port);
      else await runLine(typeof entry === "function" ? entry(line) : entry === same ? line : entry, folder, undefined);
    }
  },
  1_800_000,
);

test("a line that no entry covers, and an entry that no line needs, are named", () => {
  const lines = [{ line: "npx precept runs", place: "README.md:1" }];
  expect(() => entriesFor(lines, [])).toThrow("no entry covers README.md:1: npx precept runs");
  expect(() =>
    entriesFor(lines, [
      ["npx precept runs", same],
      ["npx precept plan", same],
    ]),
  ).toThrow("no line is npx precept plan");
  expect(readFileSync(repositoryPath("README.md"), "utf8")).toContain("npx precept");
});
