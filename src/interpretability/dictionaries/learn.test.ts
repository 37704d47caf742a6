import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/cli.ts";
import { silentProgress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { ActivationStore, shardOf } from "../activations/store.ts";
import { learnDictionary } from "./learn.ts";
import type { DictionaryOptions } from "./options.ts";

const [width, rowsPerShard, shards] = [16, 512, 2];

/** A folder with activations in it. */
function makeStore(seed = 1): string {
  const folder = temporaryFolder();
  const stored = join(folder, "activations");
  mkdirSync(stored);
  for (let shard = 0; shard < shards; shard++) {
    const random = rng(seed, "rows", shard);
    const rows = Float32Array.from({ length: rowsPerShard * width }, () => random.normal());
    writeFileSync(shardOf(stored, shard), new Uint8Array(rows.buffer));
  }
  const store = {
    ...{ format: 1, models: ["h"], texts: "drawn", sites: ["blocks.0.mlp.hook_post"], widths: [width], seed },
    ...{ rowsPerShard, shards: Array.from({ length: shards }, (_, i) => i + 1), wanted: shards },
  };
  writeFileSync(join(stored, "store.json"), JSON.stringify(store));
  return folder;
}

const program = fileURLToPath(new URL("./learn-process.test-support.ts", import.meta.url));

function start(folder: string): { readonly child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  return { child, said: () => said };
}

test("a learning that is killed goes on where its state stands, to the same bytes", async () => {
  const [whole, killed] = [makeStore(), makeStore()];
  await once(start(whole).child, "close");
  const state = join(killed, "state.safetensors");
  const [first] = [start(killed)];
  await expect.poll(() => existsSync(state), { interval: 5, timeout: 30_000 }).toBe(true);
  first.child.kill("SIGKILL");
  await once(first.child, "close");
  expect([first.said(), existsSync(join(killed, "learned.safetensors"))]).toEqual(["1500 steps to go\n", false]);
  const second = start(killed);
  await once(second.child, "close");
  const left = Number.parseInt(second.said(), 10);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(1500);
  const bytesOf = (folder: string): string => readFileSync(join(folder, "learned.safetensors"), "base64");
  expect(bytesOf(killed)).toBe(bytesOf(whole));
  expect(existsSync(state)).toBe(false);
}, 60_000);

const options: DictionaryOptions = {
  ...{ kind: "batch-topk", size: 16, k: 3, l1: 0, batch: 128, steps: 40, learningRate: 0.003, seed: 1 },
};
const learn = (folder: string, changes: Partial<DictionaryOptions> = {}, signal?: AbortSignal) =>
  learnDictionary({
    ...{ folder, store: new ActivationStore(join(folder, "activations")), options: { ...options, ...changes } },
    ...{ threads: 1, progress: silentProgress, signal },
  });

test("the state of a learning with other options or of other activations is refused, not gone on with", async () => {
  const folder = makeStore();
  const controller = new AbortController();
  const stopped = learn(folder, {}, controller.signal);
  setImmediate(() => controller.abort());
  await expect(stopped).rejects.toMatchObject({ code: "interrupted" });
  for (const changes of [{ learningRate: 0.01 }, { steps: 41 }, { k: 4 }, { seed: 2 }])
    await expect(learn(folder, changes)).rejects.toMatchObject({
      ...{ code: "run-invalid", details: { remedy: expect.stringContaining("state.safetensors to begin anew") } },
    });
  const other = makeStore(2);
  writeFileSync(join(other, "state.safetensors"), readFileSync(join(folder, "state.safetensors")));
  await expect(learn(other)).rejects.toMatchObject({ code: "run-invalid" });
  expect((await learn(folder)).last.step).toBe(40);
});

test("features that are all silent at the end are said, with what to do", async () => {
  const silent = learn(makeStore(), { kind: "l1", l1: 1e5, learningRate: 0.1, steps: 200 });
  await expect(silent).rejects.toMatchObject({
    code: "not-enough-evidence",
    details: { found: expect.stringContaining("all silent"), remedy: expect.stringContaining("--l1") },
  });
});
