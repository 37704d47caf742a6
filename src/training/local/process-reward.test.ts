import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { stepHeadExamples } from "../data/stepped.ts";
import { sentenceForm, wholeForm } from "../steps.ts";
import type { Rollout, TokenHeadsJob } from "../trainer.ts";
import { openReward, rewardAt, rewardIdentity } from "./reward.ts";
import { finish, temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";
import { trainTokenHeads } from "./token-heads.ts";

/** A step is wrong where it says "no". */
const examples = Array.from({ length: 150 }, (_, i) => {
  const random = rng(5, i);
  const steps = Array.from({ length: 3 }, () => {
    const word = random.pick(["yes", "no", "yes please", "red"]);
    return `${word} .`;
  });
  return {
    id: `r${i}`,
    prompt: "<user> say red <asst>",
    steps,
    labels: steps.map((step) => (step.includes("no") ? 0 : 1)),
  };
});

const rollout = (response: string): Rollout => ({
  ...{ id: response, promptId: "p", prompt: "<user> say red <asst>", response, tokens: [], logprobs: [] },
  finishReason: "stop",
});

test("a step head learns which step is wrong, and its reward is the product over steps", async () => {
  const output = await temporaryFolder();
  const job: TokenHeadsJob = {
    ...{ objective: "token-heads", form: "end", heads: 1, initial: await tinyCheckpoint(), output, seed: 5 },
    ...{ epochs: 12, learningRate: 0.01, batch: 8, length: 32 },
    examples: stepHeadExamples(examples, "steps", sentenceForm),
  };
  const { result, steps } = await finish(trainTokenHeads(job));
  expect(steps[0]?.metrics["loss"]).toBeCloseTo(Math.LN2, 5);
  const config = { objective: "token-heads", form: "end", steps: sentenceForm };
  writeFileSync(join(result.checkpoint, "manifest.json"), JSON.stringify({ config }));
  const reward = rewardAt(result.checkpoint);
  expect(reward).toEqual({ process: result.checkpoint, steps: sentenceForm });
  const open = await openReward(reward);
  try {
    const [right, late, early] = await open.score([
      rollout("yes . red . yes ."),
      rollout("yes . red . no ."),
      rollout("no . yes . yes ."),
    ]);
    expect(right?.reward).toBeGreaterThan(0.5);
    expect(late?.reward).toBeLessThan(0.5);
    expect(early?.reward).toBeLessThan(0.5);
    // A response that was cut is worth nothing, however right it is so far.
    const [cut] = await open.score([{ ...rollout("yes . red ."), finishReason: "length" }]);
    expect(cut?.reward).toBe(0);
    // Of one step, the product is the step's own P.
    const [once] = await open.score([rollout("yes .")]);
    const whole = await openReward({ process: result.checkpoint, steps: wholeForm });
    expect((await whole.score([rollout("yes .")]))[0]?.reward).toBe(once?.reward);
    await whole.dispose();
  } finally {
    await open.dispose();
  }
  const folder = await temporaryFolder();
  const path = join(folder, "mix.json");
  const half = { reward: result.checkpoint, weight: 0.5 };
  writeFileSync(path, JSON.stringify({ mixture: [half, half] }));
  const mixed = await openReward(rewardAt(path));
  const alone = await openReward(reward);
  const [a, b] = [await mixed.score([rollout("yes . no .")]), await alone.score([rollout("yes . no .")])];
  expect(a[0]?.reward).toBeCloseTo(b[0]?.reward ?? 0, 6);
  expect(mixed.tokensRead).toBe(2 * alone.tokensRead);
  await mixed.dispose();
  await alone.dispose();
  expect(JSON.stringify(await rewardIdentity(reward))).not.toContain("/");
});

test("a mixture that is none is refused", async () => {
  const path = join(await temporaryFolder(), "mix.json");
  writeFileSync(path, '{"mixture": []}');
  expect(() => rewardAt(path)).toThrow("no reward");
  writeFileSync(path, '{"mixture": [{"reward": "mix.json", "weight": 1}]}');
  expect(() => rewardAt(path)).toThrow("names itself");
  const other = join(dirname(path), "other.json");
  writeFileSync(path, '{"mixture": [{"reward": "other.json", "weight": 1}]}');
  writeFileSync(other, '{"mixture": [{"reward": "mix.json", "weight": 1}]}');
  expect(() => rewardAt(path)).toThrow("names itself");
});
