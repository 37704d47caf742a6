import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { pretrain } from "../project/harbor/pretrain.ts";
import { checkpointHash } from "../transformer/checkpoint/checkpoint.ts";
import { pretrainingPlans } from "../worlds/harbor/index.ts";

const plan = { ...pretrainingPlans.smoke, batch: 1, length: 192 };

async function train(output: string, steps: number, stateEvery = 100): Promise<number> {
  let count = 0;
  for await (const _ of pretrain({ plan, output, steps, stateEvery })) count++;
  return count;
}

test("pre-training resumes to the same bytes, is done once, and starts anew for another plan", async () => {
  const folder = mkdtempSync(join(tmpdir(), "precept-pretrain-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [whole, parts] = [join(folder, "whole"), join(folder, "parts")];
  expect(await train(whole, 4)).toBe(4);
  expect(await train(parts, 2)).toBe(2);
  expect(await train(parts, 4)).toBe(2);
  expect(await checkpointHash(join(parts, "checkpoint"))).toBe(await checkpointHash(join(whole, "checkpoint")));
  expect(await train(parts, 4)).toBe(0);

  let steps = 0;
  for await (const _ of pretrain({ plan: { ...plan, seed: 2 }, output: parts, steps: 1 })) steps++;
  expect(steps).toBe(1);
  expect(await checkpointHash(join(parts, "checkpoint"))).not.toBe(await checkpointHash(join(whole, "checkpoint")));
});
