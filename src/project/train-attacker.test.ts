import { expect, test } from "vitest";
import { silentProgress } from "../progress/index.ts";
import { openReward } from "../training/local/index.ts";
import { prepareRedteam } from "./redteam.ts";
import { trainAttacker } from "./train-attacker.ts";
import { reward, withReward } from "./writer-reward.ts";

test("a trained attacker is for harbor and small models, unless a person answers for the target", async () => {
  const common = { judge: "openai:gpt-4o", attacker: "openai:gpt-4o-mini", constitution: "harbor", env: {} };
  const request = { ...common, target: "openai:gpt-4o-mini", strategies: ["trained"], command: "test" };
  const options = { budget: 1, goals: 1, seed: 1, samples: 1, maxTokens: 8, temperature: 1, perCell: 1 };
  const prepare = (isOwnTarget: boolean) =>
    prepareRedteam({ ...request, progress: silentProgress, isOwnTarget }, options);
  await expect(prepare(false)).rejects.toThrow("--i-own-this-target");
  const { close } = await prepare(true);
  await close();
  const training = { target: "openai:gpt-4o-mini", folder: "nowhere", budget: 250, seed: 1, progress: silentProgress };
  await expect(trainAttacker({ ...common, ...training })).rejects.toThrow("a model outside harbor");
});

test("a reward is lent to a trainer by its module's name, and to one at a time", async () => {
  await expect(reward([])).rejects.toThrow("nothing scores");
  const rollout = { id: "1/0/0/p", promptId: "p", prompt: "", tokens: [], logprobs: [], finishReason: "stop" } as const;
  const score = async (rollouts: readonly unknown[]) => rollouts.map(() => 7);
  await withReward(score, async (lent) => {
    const opened = await openReward(lent);
    expect(await opened.score([{ ...rollout, response: "" }])).toMatchObject([{ reward: 7 }]);
    await expect(withReward(score, async () => 1)).rejects.toThrow("another reward");
  });
  await expect(reward([])).rejects.toThrow("nothing scores");
});
