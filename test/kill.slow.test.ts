import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { rng } from "../src/rng.ts";
import { hashText } from "../src/storage/index.ts";
import { precept, start, temporaryFolder } from "./cli.ts";

const stages = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate"];
const smoke = (folder: string): string[] => ["demo", "--preset", "smoke", "--out", folder];

test("kill -9 at random moments of a demonstration: the same records and weights as undisturbed", async () => {
  const folder = temporaryFolder();
  const undisturbed = join(folder, "undisturbed");
  const started = performance.now();
  expect((await precept(smoke(undisturbed))).code).toBe(0);
  const wholeMs = performance.now() - started;

  const disturbed = join(folder, "disturbed");
  const random = rng(2, "kill");
  let kills = 0;
  // Again and sooner where the machine is by now so much quicker than when it was timed that nothing was left to kill.
  for (let span = wholeMs; kills < 2 && span > wholeMs / 16; span /= 2) {
    rmSync(disturbed, { recursive: true, force: true });
    kills = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const child = start(smoke(disturbed));
      await Promise.race([setTimeout(span * (0.1 + 0.4 * random.next())), child.finished]);
      child.kill("SIGKILL");
      if ((await child.finished).signal !== "SIGKILL") break;
      kills += 1;
    }
  }
  const { code, stderr } = await precept(smoke(disturbed));
  expect(stderr).not.toContain("precept:");
  expect(code).toBe(0);
  expect(kills).toBeGreaterThanOrEqual(2);

  for (const stage of stages) expect(hashes(join(disturbed, stage)), stage).toEqual(hashes(join(undisturbed, stage)));
});

test("another seed gives other records", async () => {
  const folder = temporaryFolder();
  await precept(["sl-cai", join(folder, "one"), "--preset", "smoke"]);
  await precept(["sl-cai", join(folder, "two"), "--preset", "smoke", "--seed", "2"]);
  expect(hashes(join(folder, "one", "sl-cai"))).not.toEqual(hashes(join(folder, "two", "sl-cai")));
});

/** sha256 of every records and weights file of a stage, by its path. */
function hashes(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /records\.jsonl$|model\.safetensors$/.test(name) && !name.includes("trainer-state"))
    .sort();
  expect(files).toContain("records.jsonl");
  return Object.fromEntries(files.map((name) => [name, hashText(readFileSync(join(folder, name), "latin1"))]));
}
