import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Arm, arms } from "../benchmarks/experiments/real/arms.ts";
import { collectRun } from "../benchmarks/experiments/real/collect.ts";
import { measuredPrompts, type RunArmOptions, runArm } from "../benchmarks/experiments/real/run-arm.ts";
import type { RealPrompt, Splits } from "../benchmarks/experiments/real/splits.ts";
import { writeChatModel } from "./support/chat-model.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "precept-real-"));
  await writeChatModel(join(folder, "model"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const prompts = (name: string, n: number, kinds: readonly RealPrompt["kind"][]): RealPrompt[] =>
  kinds.flatMap((kind) =>
    Array.from({ length: n }, (_, i) => ({
      id: `${name}${kind === "helpful" ? "" : "red"}-${i}`,
      kind,
      text: `${name} ${i}?`,
    })),
  );
const splitsOf = (kinds: readonly RealPrompt["kind"][]): Splits => ({
  train: prompts("tea", 10, kinds),
  development: prompts("rain", 4, kinds),
  test: prompts("snow", 3, kinds),
});

// A model of a few thousand random weights answers for all: what is tried is the way, from prompts to the file of an arm.
const optionsFor = (experiment: "values" | "form"): RunArmOptions => ({
  seed: 1,
  models: { policy: `local:${join(folder, "model")}`, helper: `local:${join(folder, "model")}` },
  split: "development",
  scale: 1,
  root: new URL("../", import.meta.url).pathname,
  runs: join(folder, "runs"),
  splits: splitsOf(experiment === "values" ? ["red-team", "helpful"] : ["helpful"]),
});

/** Such a model is sure of no pair: none is left out for that. */
const fitTo = (arm: Arm): Arm =>
  arm.name === "values-differing" ? { ...arm, training: { dpo: { epochs: 2, alsoShuffled: true } } } : arm;

test.each(arms.map(fitTo))(
  "the arm $name goes through, and every prompt has an outcome",
  async (arm) => {
    const options = optionsFor(arm.experiment);
    const run = await runArm(arm, options);
    const { checkpoints, seconds } = await collectRun(run, arm, measuredPrompts(options));
    const last = arm.training?.["preference"] === "none" ? "sl-cai" : "dpo";
    expect(Object.keys(checkpoints)).toContain(last);
    const letters = arm.experiment === "values" ? /^[crw?]{4}$/ : /^[01]{4}$/;
    const sets = arm.experiment === "values" ? ["rainred unsafe", "rain safe"] : ["rain safe"];
    for (const { outcomes } of Object.values(checkpoints)) {
      expect(Object.keys(outcomes)).toEqual(sets);
      for (const text of Object.values(outcomes)) expect(text).toMatch(letters);
    }
    if (["values", "form"].includes(arm.name)) expect(Object.keys(checkpoints)).toContain("dpo-shuffled-labels");
    expect(Object.keys(seconds)).toContain("evaluate");

    // The test prompts come last: nothing but the measurement is done again.
    const before = read(run);
    const tested = { ...options, split: "test" } as const;
    await runArm(arm, tested);
    const after = await collectRun(run, arm, measuredPrompts(tested));
    expect(after.checkpoints["initial"]?.outcomes[sets.at(-1)?.replace("rain", "snow") ?? ""]).toHaveLength(3);
    expect(read(run)).toEqual(before);
  },
  600_000,
);

/** The summaries of all stages before the measurement, with their times. */
function read(run: string): string[] {
  return ["sl-cai", "ai-feedback", "dpo"]
    .filter((stage) => readdirSync(run).includes(stage))
    .map((stage) => readFileSync(join(run, stage, "summary.json"), "utf8"));
}
