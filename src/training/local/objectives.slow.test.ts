import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { loadAdapter } from "../../transformer/checkpoint/lora-folder.ts";
import type { TrainingJob } from "../trainer.ts";
import { LocalTrainer } from "./local-trainer.ts";
import { preferenceScores } from "./preference-scorer.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";

const colours = ["red", "green", "blue"];
const prompts = colours.map((colour) => ({ id: colour, prompt: `<user> say ${colour} <asst>` }));
let initial = "";
let countsYes = "";
beforeAll(async () => {
  countsYes = join(await temporaryFolder(), "reward.mjs");
  await writeFile(countsYes, 'export const reward = (all) => all.map(({ response }) => response.split("yes").length);');
  initial = await tinyCheckpoint();
});

/** One small job of each objective, with an adapter. */
async function jobOf(objective: TrainingJob["objective"]): Promise<TrainingJob> {
  const base = {
    initial,
    output: await temporaryFolder(),
    seed: 5,
    learningRate: 0.02,
    batch: 2,
    length: 48,
    stateEvery: 2,
    lora: { rank: 3 },
  };
  const examples = prompts.map(({ id, prompt }) => ({ id, prompt, completion: `yes ${id} .` }));
  const comparisons = prompts.map(({ id, prompt }) => ({
    id,
    prompt,
    label: 0.8,
    source: "helpfulness" as const,
    responses: [`yes ${id} .`, "no ."] as const,
  }));
  const rollouts = {
    prompts,
    reward: { module: countsYes },
    steps: 4,
    rolloutsPerStep: 24,
    klCoefficient: 0.01,
    maxTokens: 5,
  };
  switch (objective) {
    case "sft":
      return { objective, ...base, lora: { rank: 3, dropout: 0.1 }, examples, epochs: 5 };
    case "preference-model":
    case "dpo":
      return { objective, ...base, comparisons, epochs: 5 };
    case "token-heads": {
      const labelled = examples.map(({ completion, ...rest }, i) => ({
        ...rest,
        response: completion,
        labels: [i % 2, null],
      }));
      return { objective, ...base, examples: labelled, heads: 2, epochs: 8 };
    }
    case "rejection-sampling":
      return { objective, ...base, ...rollouts, samplesPerPrompt: 6, keep: 2, epochs: 5 };
    default:
      return { objective, ...base, ...rollouts };
  }
}

describe("an adapter learns by every objective", () => {
  it.each([...new LocalTrainer().objectives])(
    "%s: the same bytes when interrupted and continued, a base that is not written again",
    async (objective) => {
      const trainer = new LocalTrainer();
      const whole = await finish(trainer.train(await jobOf(objective)));
      expect(whole.steps.length).toBeGreaterThanOrEqual(4);
      const job = await jobOf(objective);
      const controller = new AbortController();
      await interrupt(trainer.train({ ...job, signal: controller.signal }), 3, controller);
      const rest = await finish(trainer.train(job));
      expect(rest.steps[0]?.step).toBe(3);
      expect(rest.result.hash).toBe(whole.result.hash);
      const stored = await loadAdapter(rest.result.checkpoint);
      expect(stored.base).toBe(initial);
      expect([...stored.weights.keys()].every((name) => name.includes("lora") || name === "score.weight")).toBe(true);
      const b = stored.weights.get("model.layers.0.self_attn.q_proj.lora_B.weight")?.data ?? [];
      expect(b.some((value) => value !== 0)).toBe(true);
    },
  );

  it("serves as a preference model, head and all", async () => {
    const { result } = await finish(new LocalTrainer().train(await jobOf("preference-model")));
    const model = await preferenceScores(result.checkpoint);
    const [good = 0, bad = 0] = await model.score([
      { prompt: prompts[0]?.prompt ?? "", response: "yes red ." },
      { prompt: prompts[0]?.prompt ?? "", response: "no ." },
    ]);
    await model.dispose();
    expect(good).toBeGreaterThan(bad);
  });

  it("refuses dropout where the policy that learns must be the one that was sampled", async () => {
    const job = { ...(await jobOf("grpo")), lora: { rank: 2, dropout: 0.1 } } as TrainingJob;
    await expect(finish(new LocalTrainer().train(job))).rejects.toThrow("LoRA dropout 0.1");
  });
});
