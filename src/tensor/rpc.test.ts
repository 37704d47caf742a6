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
