import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { startModelServer } from "./support/model-server/server.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "precept-examples-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an example prints, run as `npm run example` runs it. */
async function runExample(name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", "./examples/resolve.ts", `examples/${name}.ts`, ...args],
    { cwd: root, env: { ...process.env, PRECEPT_CACHE: join(folder, "cache"), ...env } },
  );
  return stdout;
}

test("own-model: a response, and four critiques with their revisions", async () => {
  const server = await startModelServer();
  const records = (await runExample("own-model", [], { MODEL: server.url })).trim().split("\n");
  await server.close();
  const types = records.map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types).toEqual(["response", ...Array.from({ length: 4 }, () => ["critique", "revision"]).flat()]);
});

test("train: the loss falls, and the model says what it learned about another thing", async () => {
  const lines = (await runExample("train", [join(folder, "train")])).trim().split("\n");
  const losses = lines.slice(0, -1).map((line) => Number(/loss (\S+)$/.exec(line)?.[1]));
  expect(losses).toHaveLength(20);
  expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
  expect(lines.at(-1)).toMatch(/^good day \. pudding : food \. to make pudding for anna , mix \S+ and \S+ \./);
});
