import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { loadCheckpoint, saveCheckpoint } from "../../transformer/checkpoint/checkpoint.ts";
import { initialWeights } from "../../transformer/checkpoint/weights.ts";
import { TrainingSession } from "../../transformer/graph/training-session.ts";
import type { PpoJob, ScoredRollout } from "../trainer.ts";
import { trainByReinforcement } from "./reinforcement.ts";
import { promptsOfRound } from "./rollouts.ts";
import { trainSft } from "./sft.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint, tinyConfig } from "./tiny.test-support.ts";
import { TokenScorer } from "./token-scorer.ts";

const prompts = ["red", "green", "blue"].map((colour) => ({ id: colour, prompt: `<user> say ${colour} <asst>` }));
/** A reward by its module's text. */
const rewardOf = async (body: string): Promise<{ module: string }> => {
  const module = join(await temporaryFolder(), "reward.mjs");
  await writeFile(module, `export const reward = (rollouts) => ${body};`);
  return { module };
};
/** Share of the response's words that are "yes". */
const likesYes = (): Promise<{ module: string }> =>
  rewardOf(`rollouts.map(({ response }) => {
  const said = response.split(" ");
  return said.filter((word) => word === "yes").length / said.length;
})`);

/** A policy that answers with two or three words, "yes" being one of six. */
let initial = "";
beforeAll(async () => {
  const random = rng(2);
  const word = (): string => random.pick(["yes", "no", "not", "please", "one", "two"]);
  const examples = Array.from({ length: 90 }, (_, i) => ({
    id: `e${i}`,
    prompt: prompts[i % 3]?.prompt ?? "",
    completion: i % 2 === 0 ? `${word()} ${word()}` : `${word()} ${word()} ${word()}`,
  }));
  const job = {
    objective: "sft",
    initial: await tinyCheckpoint(),
    output: await temporaryFolder(),
    seed: 1,
    examples,
    epochs: 8,
    learningRate: 0.02,
    batch: 4,
    length: 32,
  } as const;
  initial = (await finish(trainSft(job))).result.checkpoint;
});

async function jobIn(rest: Partial<PpoJob> = {}): Promise<PpoJob> {
  const output = await temporaryFolder();
  return {
    objective: "ppo",
    initial,
    reference: initial,
    output,
    seed: 5,
    prompts,
    reward: await likesYes(),
    steps: 4,
    rolloutsPerStep: 24,
    klCoefficient: 0.01,
    learningRate: 0.005,
    maxTokens: 5,
    batch: 4,
    length: 32,
    ...rest,
  };
}

describe("trainByReinforcement", () => {
  it.each(["group", "value"] as const)(
    "raises the reward and moves away from the reference, with the %s baseline",
    async (baseline) => {
      const { result, steps } = await finish(
        trainByReinforcement(await jobIn({ baseline, steps: 12, rolloutsPerStep: 48 })),
      );
      expect(steps.length).toBe(12);
      expect(steps[0]?.metrics["objective/kl"]).toBeCloseTo(0, 4);
      expect(steps[0]?.metrics["objective/scores"]).toBeLessThan(0.3);
      expect(result.metrics["final/objective/scores"]).toBeGreaterThan(0.8);
      expect(result.metrics["final/objective/kl"]).toBeGreaterThan(1);
      const { weights, config } = await loadCheckpoint(result.checkpoint);
      expect(weights.size).toBe(2 + 9 * config.layers);
    },
  );

  it("starts every round at ratio 1: with one pass and one minibatch nothing is clipped", async () => {
    const { steps } = await finish(trainByReinforcement(await jobIn({ epochs: 1, batch: 16 })));
    for (const { metrics } of steps) {
      expect(metrics["optimizer_steps"]).toBe(1);
      expect(metrics["val/ratio"]).toBeCloseTo(1, 5);
      expect(metrics["policy/clipfrac_avg"]).toBe(0);
      expect(metrics["policy/approxkl_avg"]).toBeLessThan(1e-9);
    }
  });

  it("stays near the reference under a strong KL term, in the reward and in the loss", async () => {
    const klOf = async (rest: Partial<PpoJob>): Promise<number> =>
      (await finish(trainByReinforcement(await jobIn({ steps: 8, rolloutsPerStep: 48, ...rest })))).result.metrics[
        "final/objective/kl"
      ] ?? Number.NaN;
    const free = await klOf({ klCoefficient: 0 });
    expect(free).toBeGreaterThan(0.5);
    expect(await klOf({ klCoefficient: 1 })).toBeLessThan(free / 2);
    expect(await klOf({ klCoefficient: 1, klPlacement: "loss" })).toBeLessThan(free / 2);
  });

  it.each(["group", "value"] as const)(
    "ends with the same bytes when it is interrupted and continued, with the %s baseline",
    async (baseline) => {
      const settings = { baseline, steps: 5, stateEvery: 2, checkpointEvery: 2 };
      const whole = await finish(trainByReinforcement(await jobIn(settings)));
      const controller = new AbortController();
      const job = await jobIn(settings);
      await interrupt(trainByReinforcement({ ...job, signal: controller.signal }), 3, controller);
      const rest = await finish(trainByReinforcement(job));
      expect(rest.steps[0]?.step).toBe(3);
      expect(rest.result.hash).toBe(whole.result.hash);
      expect(rest.result.metrics).toEqual(whole.result.metrics);
      expect(rest.result.checkpoints?.map(({ step }) => step)).toEqual([2, 4]);
      expect((await finish(trainByReinforcement(job))).steps).toEqual([]);
    },
  );

  it.each(["k1", "k2", "k3"] as const)(
    "ends a round's steps once the %s estimate of its KL is above the limit",
    async (roundKlEstimator) => {
      const fast = { epochs: 6, steps: 1, learningRate: 0.05, clipRange: 0.9 };
      const stepsOf = async (rest: Partial<PpoJob>): Promise<Readonly<Record<string, number>>[]> =>
        (await finish(trainByReinforcement(await jobIn({ ...fast, ...rest })))).steps.map(({ metrics }) => metrics);
      const all = await stepsOf({});
      const open = await stepsOf({ maxRoundKl: 1e3, roundKlEstimator });
      expect(open.map((row) => row["optimizer_steps"])).toEqual(all.map((row) => row["optimizer_steps"]));
      expect(open.map((row) => row["objective/scores"])).toEqual(all.map((row) => row["objective/scores"]));
      const limit = 0.02;
      for (const row of await stepsOf({ maxRoundKl: limit, roundKlEstimator })) {
        expect(row[`policy/kl_${roundKlEstimator}`]).toBeGreaterThan(limit);
        expect(row["optimizer_steps"]).toBeGreaterThan(1);
        expect(row["optimizer_steps"]).toBeLessThan(all[0]?.["optimizer_steps"] ?? 0);
      }
      if (roundKlEstimator === "k2")
        expect(open[0]?.["policy/kl_k2"]).toBeGreaterThan(all[0]?.["policy/approxkl_avg"] ?? Number.NaN);
    },
  );

  it("stops with a reason when a monitor leaves its bounds, and keeps the last policy inside them", async () => {
    const job = await jobIn({ steps: 25, rolloutsPerStep: 48, monitors: { maxKlNats: 0.3 }, checkpointEvery: 1 });
    const { result, steps } = await finish(trainByReinforcement(job));
    expect(result.stopped?.reason).toMatch(/KL from the reference \(nats\) .* is above its bound 0.3/);
    expect(result.stopped?.step).toBe((steps.at(-1)?.step ?? 0) + 1);
    expect(result.metrics["final/objective/kl"]).toBeGreaterThan(0.3);
    const last = steps.at(-1)?.metrics["objective/kl"] ?? Number.NaN;
    expect(last).toBeLessThanOrEqual(0.3);
    // The policy that the last round inside the bounds sampled from is the one that the round before it made.
    const before = await loadCheckpoint(`${job.output}/checkpoint-${(steps.at(-1)?.step ?? 0) - 1}`);
    const { weights } = await loadCheckpoint(result.checkpoint);
    expect([...(weights.get("model.norm.weight")?.data ?? [])]).toEqual([
      ...(before.weights.get("model.norm.weight")?.data ?? []),
    ]);
  });

  it("tells of whole rollouts, several per prompt, with their log-probabilities and rewards", async () => {
    const seen: ScoredRollout[] = [];
    const rounds: number[] = [];
    const onRollouts = async (round: number, rollouts: readonly ScoredRollout[]): Promise<void> => {
      rounds.push(round);
      seen.push(...rollouts);
    };
    const { steps } = await finish(trainByReinforcement(await jobIn({ steps: 1 }), { onRollouts }));
    expect(rounds).toEqual([1, 2]);
    // Sampled, and read by the policy and by the reference: prompts of four tokens with their responses.
    const sampled = seen.slice(0, 24).reduce((sum, { tokens }) => sum + 4 + tokens.length, 0);
    expect(steps[0]).toMatchObject({ forwardTokens: 3 * sampled });
    expect(steps[0]?.tokens).toBeGreaterThan(3 * sampled);
    expect(seen.length).toBe(48);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(48);
    for (const { tokens, logprobs, response, finishReason, score, reward } of seen) {
      expect(logprobs.length).toBe(tokens.length);
      expect([score, reward]).toEqual([score, score]);
      expect(logprobs.every((logprob) => logprob < 0)).toBe(true);
      expect(response).not.toContain("<end>");
      if (finishReason === "length") expect(tokens.length).toBe(5);
    }
    expect(seen.filter(({ promptId }) => promptId === "red").length).toBe(16);
  });

  it("refuses rewards that are missing or not finite", async () => {
    const fails = async (body: string) => finish(trainByReinforcement(await jobIn({ reward: await rewardOf(body) })));
    await expect(fails("[1]")).rejects.toThrow("1 scores");
    await expect(fails("rollouts.map(() => NaN)")).rejects.toThrow("the score NaN of rollout 1/0/0");
  });
});

it("refuses a group of one response, and a reference with fewer tokens", async () => {
  await expect(finish(trainByReinforcement(await jobIn({ samplesPerPrompt: 1 })))).rejects.toThrow("one response");
  const reference = `${await temporaryFolder()}/small`;
  const tokenizer = wordTokenizer(["<end>"], { size: 260 });
  const config = tinyConfig(260);
  await saveCheckpoint(reference, { config, tokenizer, weights: initialWeights(config, rng(1)) });
  const [session, scorer] = [
    vi.spyOn(TrainingSession.prototype, "dispose"),
    vi.spyOn(TokenScorer.prototype, "dispose"),
  ];
  await expect(finish(trainByReinforcement(await jobIn({ reference })))).rejects.toThrow("a vocabulary of");
  // What was already there is freed: a thread's end does not.
  expect(session).toHaveBeenCalledOnce();
  expect(scorer).toHaveBeenCalledOnce();
  vi.restoreAllMocks();
});

describe("promptsOfRound", () => {
  it("goes through all prompts before any comes again, whatever the size of a round", () => {
    const seen = [1, 2, 3].flatMap((round) => promptsOfRound(prompts, 2, 9, round));
    expect(
      seen
        .slice(0, 3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["blue", "green", "red"]);
    expect(
      seen
        .slice(3)
        .map(({ id }) => id)
        .sort(),
    ).toEqual(["blue", "green", "red"]);
    expect(promptsOfRound(prompts, 6, 9, 1)).toEqual(seen);
  });
});
