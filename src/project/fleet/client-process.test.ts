import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startClient } from "./client-process.ts";

/** Starts this program in place of the command line. */
function startProgram(text: string) {
  const folder = mkdtempSync(join(tmpdir(), "precept-client-"));
  const argv = process.argv;
  onTestFinished(() => {
    process.argv = argv;
    rmSync(folder, { recursive: true });
  });
  const program = join(folder, "client.mjs");
  writeFileSync(program, text);
  process.argv = [argv[0] ?? "", program, "run", "--shards", "2"];
  return startClient({ client: 1, of: 2, budget: {} }, () => undefined);
}

test("a client that a signal ended was killed; one that ended by itself without a word failed", async () => {
  expect(await startProgram("process.exit(0)").ended).toEqual({ kind: "done" });
  expect(await startProgram('process.kill(process.pid, "SIGKILL")').ended).toEqual({ kind: "killed", how: "SIGKILL" });
  expect(await startProgram("process.exit(137)").ended).toEqual({ kind: "killed", how: "exit 137" });
  const failed = await startProgram('console.error("No flag registered for --shart"); process.exitCode = 2').ended;
  expect(failed).toMatchObject({ kind: "failed", error: { code: "model-failed" } });
  expect(failed.kind === "failed" && failed.error.message).toContain("exit 2: No flag registered for --shart");
});

test("one that listens to nothing is ended by a signal", async () => {
  const client = startProgram('process.on("message", () => undefined); setInterval(() => undefined, 1000)');
  client.stop();
  client.kill("SIGTERM");
  expect(await client.ended).toEqual({ kind: "killed", how: "SIGTERM" });
});
