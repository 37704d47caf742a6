import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const RPC = new URL("./rpc.ts", import.meta.url).href;

test("a thread that is ended while its answer is on the way ends, and the program goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-rpc-"));
  const worker = join(folder, "worker.ts");
  const handler = "async (_, { emit }) => { emit(1); }";
  writeFileSync(worker, `import { serve } from ${JSON.stringify(RPC)};\nserve({ answer: ${handler} });\n`);
  const program = join(folder, "program.ts");
  writeFileSync(
    program,
    `import { pathToFileURL } from "node:url";
import { WorkerThread } from ${JSON.stringify(RPC)};
const thread = new WorkerThread(pathToFileURL(${JSON.stringify(worker)}));
await new Promise((heard) => thread.call("answer", null, { onEvent: heard }).catch(() => undefined));
await thread.terminate();
console.log("ended");
`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe("ended\n");
});

test("a process of its own answers, fails and ends as a thread does, and ends with whoever began it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-rpc-"));
  const worker = join(folder, "worker.ts");
  const handlers = `{
    double: (values) => new Transfer(values.map((value) => 2 * value), []),
    fail: () => { throw new Error("not today"); },
    pid: () => process.pid,
    stay: () => new Promise(() => undefined),
  }`;
  writeFileSync(worker, `import { serve, Transfer } from ${JSON.stringify(RPC)};\nserve(${handlers});\n`);
  const program = join(folder, "program.ts");
  const peers = new URL("./peers.ts", import.meta.url).href;
  writeFileSync(
    program,
    `import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { startProcess } from ${JSON.stringify(peers)};
import { WorkerThread } from ${JSON.stringify(RPC)};
const entry = pathToFileURL(${JSON.stringify(worker)});
const first = new WorkerThread(entry, startProcess);
const doubled = await first.call("double", Float64Array.of(1, 2));
const failed = await first.call("fail", null).catch((error) => error.message);
await first.terminate();
const second = new WorkerThread(entry, startProcess);
const pid = await second.call("pid", null);
second.call("stay", null).catch(() => undefined);
writeSync(1, JSON.stringify({ doubled: [...doubled], failed, isApart: pid !== process.pid, pid }));
process.kill(process.pid, "SIGKILL");
`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [program]).catch((error: { stdout: string }) => error);
  const { pid, ...said } = JSON.parse(stdout) as { readonly pid: number };
  expect(said).toEqual({ doubled: [2, 4], failed: "not today", isApart: true });
  const isAlive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  await expect.poll(isAlive, { timeout: 20_000 }).toBe(false);
});

test("a process whose caller was killed while it computed ends without a word", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-rpc-"));
  const worker = join(folder, "worker.ts");
  const compute = `async (_, { emit }) => {
    emit("begun");
    await new Promise((resolve) => setTimeout(resolve, 50));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
    return 1;
  }`;
  writeFileSync(worker, `import { serve } from ${JSON.stringify(RPC)};\nserve({ compute: ${compute} });\n`);
  const program = join(folder, "program.ts");
  const peers = new URL("./peers.ts", import.meta.url).href;
  writeFileSync(
    program,
    `import { pathToFileURL } from "node:url";
import { WorkerThread } from ${JSON.stringify(RPC)};
import { startProcess } from ${JSON.stringify(peers)};
const worker = new WorkerThread(pathToFileURL(${JSON.stringify(worker)}), startProcess);
worker.call("compute", null, { onEvent: () => setTimeout(() => process.kill(process.pid, "SIGKILL"), 100) });
`,
  );
  const ended = promisify(execFile)(process.execPath, [program]);
  await expect(ended).rejects.toMatchObject({ signal: "SIGKILL", stderr: "" });
});
