import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { rng } from "../rng.ts";

const module = (name: string): string => JSON.stringify(new URL(name, import.meta.url).href);

/** Two stages of 12 batches, 8 records each, large enough that a kill can fall into a write. */
const worker = `
  import { setTimeout } from "node:timers/promises";
  import { z } from ${JSON.stringify(import.meta.resolve("zod"))};
  import { Run } from ${module("./run.ts")};
  import { defineStage } from ${module("./stage.ts")};
  const schema = z.object({ id: z.string(), text: z.string() });
  const run = await Run.open(process.argv[2], { kind: "project", manifest: { seed: 1, config: {}, inputs: {} }, command: "test" });
  console.log("open");
  for (const name of ["sl-cai", "ai-feedback"]) {
    await run.stage(defineStage({ name, after: [], records: { records: schema } }), "inputs", async (stage) => {
      const log = await stage.records("records");
      for (let batch = 0; batch < 12; batch++) {
        if (log.isDone("batch-" + batch)) continue;
        await setTimeout(10);
        const text = name.repeat(2000 + batch);
        stage.metrics({ step: batch, loss: 1 / (1 + batch) });
        await log.append("batch-" + batch, Array.from({ length: 8 }, (_, i) => ({ id: "item-" + (96 - 8 * batch - i), text })));
      }
      stage.summary({ batches: 12 });
      await log.close();
    });
  }
  await run.close();
`;

test("kill -9 at random moments, then the same command: the same bytes as undisturbed", {
  timeout: 60_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-kill-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const main = join(folder, "worker.ts");
  writeFileSync(main, worker);

  const undisturbed = join(folder, "undisturbed");
  expect(await runUntil(main, undisturbed)).toBe("done");

  // The whole takes at least 24 times 10 ms, so that the first kills always find it at work.
  const random = rng(1, "kill");
  const disturbed = join(folder, "disturbed");
  let kills = 0;
  while (kills < 6 && (await runUntil(main, disturbed, random.next() * 50)) === "killed") kills += 1;
  if (kills === 6) expect(await runUntil(main, disturbed)).toBe("done");

  expect(kills).toBeGreaterThanOrEqual(3);
  expect(readdirSync(disturbed).sort()).toEqual(["ai-feedback", "manifest.json", "sl-cai"]);
  for (const stage of ["sl-cai", "ai-feedback"]) {
    const files = readdirSync(join(undisturbed, stage)).sort();
    expect(files).toEqual(["metrics.jsonl", "records.jsonl", "summary.json"]);
    expect(readdirSync(join(disturbed, stage)).sort()).toEqual(files);
    for (const file of files) {
      const bytes = readFileSync(join(disturbed, stage, file));
      expect(bytes.equals(readFileSync(join(undisturbed, stage, file))), `${stage}/${file}`).toBe(true);
    }
  }
});

/** Starts the worker and, `killAfterMs` after it has opened the run, kills it. */
async function runUntil(main: string, folder: string, killAfterMs?: number): Promise<"done" | "killed"> {
  const child = spawn(process.execPath, [main, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  if (killAfterMs !== undefined) {
    await Promise.race([once(child.stdout, "data"), exit]);
    await setTimeout(killAfterMs);
    child.kill("SIGKILL");
  }
  const [code, signal] = await exit;
  if (signal === "SIGKILL") return "killed";
  expect(code).toBe(0);
  return "done";
}
