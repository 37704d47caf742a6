import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { harborTokenizer, pretrain } from "../src/project/harbor/pretrain.ts";
import { corpusHash, pretrainingPlans } from "../src/worlds/harbor/index.ts";
import { temporaryFolder } from "./cli.ts";

interface FirstSteps {
  readonly seed: number;
  readonly corpusHash: string;
  readonly losses: readonly number[];
}

/** Other processors sum in another order; the same one repeats every digit. */
const TOLERANCE = 2e-3;

test("the committed training starts as its card says", async () => {
  const plan = pretrainingPlans.committed;
  const expected = JSON.parse(
    readFileSync(new URL("./fixtures/harbor-first-steps.json", import.meta.url), "utf8"),
  ) as FirstSteps;
  const steps = expected.losses.length;
  expect(steps).toBe(50);
  expect(plan.seed).toBe(expected.seed);
  expect(corpusHash(plan, harborTokenizer(), steps)).toBe(expected.corpusHash);

  const losses: number[] = [];
  for await (const { metrics } of pretrain({ plan, output: temporaryFolder(), steps, stateEvery: plan.steps })) {
    losses.push(metrics["loss"] ?? Number.NaN);
  }
  const worst = Math.max(...losses.map((loss, step) => Math.abs(loss - (expected.losses[step] ?? Number.NaN))));
  expect(worst).toBeLessThan(TOLERANCE);
  expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) / 2);
});
