import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { loadCheckpoint, SCALAR_HEAD, saveCheckpoint } from "../../transformer/index.ts";
import { finish, temporaryFolder, tinyCheckpoint, words } from "../local/tiny.test-support.ts";
import type { GrpoJob, RlooJob, ScoredRollout } from "../trainer.ts";
import { jobSchema } from "./job-folder.ts";
import { PythonTrainer } from "./python-trainer.ts";
import { roundSchema } from "./round-schema.ts";

const stub = fileURLToPath(new URL("./stub-engine.test-support.ts", import.meta.url));
const stubbed = (mode: string): PythonTrainer => {
  const command = { program: process.execPath, words: [stub, mode] };
  return new PythonTrainer({}, { command, versions: { stub: "1" }, patience: { terminateMs: 100, killMs: 250 } });
};

describe("rounds of grpo and rloo by another engine", () => {
  let initial: string;
  let scorer: string;
  beforeAll(async () => {
    initial = await tinyCheckpoint();
    scorer = join(await temporaryFolder(), "scorer");
    const { config, tokenizer, weights } = await loadCheckpoint(initial);
    const head = { shape: [1, config.hiddenSize], data: new Float32Array(config.hiddenSize).fill(0.1) };
    await saveCheckpoint(scorer, { config, tokenizer, weights: new Map([...weights, [SCALAR_HEAD, head]]) });
  });

  const jobIn = (output: string, changes: Partial<RlooJob> = {}): RlooJob => ({
    ...{ objective: "rloo", initial, reference: initial, output, seed: 1, learningRate: 1, klCoefficient: 0.1 },
    ...{ steps: 2, rolloutsPerStep: 7, samplesPerPrompt: 2, maxTokens: 4, epochs: 2, minibatches: 2 },
    prompts: ["red", "blue", "green"].map((word) => ({ id: word, prompt: `<user> say ${word} <asst>` })),
    reward: { checkpoint: scorer, meanScore: 0.5 },
    monitors: { maxKlNats: 2, minEntropyNats: undefined },
    ...changes,
  });

  /** A reward of one's own: the responses' lengths. */
  const writeReward = async (text: string): Promise<{ readonly module: string }> => {
    const module = join(await temporaryFolder(), "reward.mjs");
    writeFileSync(module, `export const reward = (rollouts) => ${text};\n`);
    return { module };
  };

  const listen = () => {
    const told: [number, readonly ScoredRollout[]][] = [];
    const onRollouts = async (round: number, rollouts: readonly ScoredRollout[]): Promise<void> => {
      told.push([round, rollouts]);
    };
    return { told, onRollouts };
  };

  it("plans prompts, seeds, updates and rates, and one round more that learns nothing", async () => {
    const output = await temporaryFolder();
    await finish(stubbed("plain").train(jobIn(output)));
    const job = jobSchema.parse(JSON.parse(readFileSync(join(output, "job.json"), "utf8")));
    expect(job).toMatchObject({ steps: 2, stateEvery: 10, loss: { kind: "rloo", clip: 0.2, whitenAdvantages: false } });
    expect(job.rollouts).toMatchObject({ samples: 2, temperature: 1, stopTokens: [0], monitors: { maxKlNats: 2 } });
    expect(job.rollouts?.reward).toMatchObject({ kind: "preference-model", meanScore: 0.5, closing: [0] });
    expect(job.reference).toBeUndefined();
    const lines = readFileSync(join(output, "plan.jsonl"), "utf8").trim().split("\n");
    const rounds = lines.map((line) => roundSchema.parse(JSON.parse(line)));
    expect(rounds.map(({ rows }) => rows.length)).toEqual([3, 3, 3]);
    expect(rounds.map(({ updates }) => updates.map((own) => own.length))).toEqual([[3, 3, 3, 3], [3, 3, 3, 3], []]);
    for (const { updates } of rounds.slice(0, 2))
      for (const pass of [updates.slice(0, 2), updates.slice(2)])
        expect(pass.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(rounds.map(({ rate }) => rate)).toEqual([0.55, expect.closeTo(0.1), 0]);
    expect(new Set(rounds.map(({ seed }) => seed)).size).toBe(3);
    expect(job.layout).toMatchObject({ rowsPerProcess: 3, accumulate: 1 });
  });

  it("tells every round's responses as text, with their scores, once", async () => {
    const [output, { told, onRollouts }] = [await temporaryFolder(), listen()];
    const { steps } = await finish(stubbed("plain").train(jobIn(output), { onRollouts }));
    expect(steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(told.map(([round]) => round)).toEqual([1, 2, 3]);
    const [first, second] = told[0]?.[1] ?? [];
    expect(first).toMatchObject({ response: "green", finishReason: "length", tokens: [4], score: 1, reward: 0 });
    expect(second).toMatchObject({ response: "red", finishReason: "stop", tokens: [3, 0] });
    expect(second?.id).toBe(`1/0/1/${second?.promptId}`);
    // A finished job tells what may not have been written down: the round after the last step that was told.
    await finish(stubbed("fail:engine").train(jobIn(output), { onRollouts }));
    expect(told.map(([round]) => round)).toEqual([1, 2, 3, 3]);
  });

  it("answers for any reward that lives in this process", async () => {
    const reward = await writeReward("rollouts.map(({ tokens }) => tokens.length)");
    const { told, onRollouts } = listen();
    await finish(stubbed("plain").train(jobIn(await temporaryFolder(), { reward }), { onRollouts }));
    expect(told[2]?.[1].map((rollout) => rollout.reward)).toEqual([1, 2, 1, 2, 1, 2]);
  });

  it("asks where a preference model reads other tokens than the policy", async () => {
    const other = join(await temporaryFolder(), "other");
    const { config, weights } = await loadCheckpoint(scorer);
    const tokenizer = wordTokenizer(words.toSpliced(3, 3, "blue", "red", "green"));
    await saveCheckpoint(other, { config, tokenizer, weights });
    const output = await temporaryFolder();
    await finish(stubbed("plain").train(jobIn(output, { reward: { checkpoint: other } })));
    const job = jobSchema.parse(JSON.parse(readFileSync(join(output, "job.json"), "utf8")));
    expect(job.rollouts?.reward.kind).toBe("asked");
  });

  it("ends with the reward's own error, and its process with a state", async () => {
    const output = await temporaryFolder();
    const job = jobIn(output, { reward: await writeReward("{ throw new Error('no judge') }") });
    await expect(finish(stubbed("plain").train(job))).rejects.toMatchObject({
      code: "model-failed",
      message: expect.stringContaining("no judge"),
    });
  });

  it.each([
    ["one response to a prompt", { samplesPerPrompt: 1 }, "compared with the others"],
    ["prompts too long", { maxTokens: 1000 }, "1004 tokens for the longest prompt"],
    ["a bound within a round", { maxRoundKl: 1 }, "maxRoundKl"],
    ["a preference model without a head", { reward: "initial" }, "scalar head"],
  ] as const)("refuses %s", async (_name, changes, words) => {
    const reward = "reward" in changes ? { reward: { checkpoint: initial } } : {};
    const job = { ...jobIn(await temporaryFolder()), ...changes, ...reward } as RlooJob;
    await expect(finish(stubbed("plain").train(job))).rejects.toThrow(words);
  });

  it("refuses an estimator that TRL does not have, and names rloo for ppo", async () => {
    const job = { ...jobIn(await temporaryFolder()), objective: "grpo", klEstimator: "k1" } as GrpoJob;
    await expect(finish(stubbed("plain").train(job))).rejects.toThrow("klEstimator k1");
    const ppo = { ...jobIn("x"), objective: "ppo" } as never;
    await expect(stubbed("plain").fingerprint(ppo)).rejects.toThrow("train rloo");
  });
});
