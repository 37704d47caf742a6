import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { silentProgress } from "../progress/index.ts";
import { committedCheckpoint } from "./harbor/inputs.ts";
import { trainAttacker } from "./train-attacker.ts";

test("a writer learns requests of harbor's grammar and is reinforced on what the target's critic says", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-attacker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const trained = await trainAttacker({
    target: committedCheckpoint,
    folder,
    budget: 250,
    seed: 1,
    details: 1,
    temperature: 0,
    env: {},
    progress: silentProgress,
  });
  const attempts = readFileSync(trained.attempts, "utf8").trim().split("\n");
  expect(attempts.length).toBeGreaterThan(125);
  // The helpful-only model turns nothing down.
  expect(attempts.filter((line) => line.includes('"grade":4')).length).toBeGreaterThan(0.9 * attempts.length);
  expect(trained.checkpoint).not.toBe(trained.untrained);
}, 600_000);
