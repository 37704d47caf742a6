import { readdirSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { checkpointHash, loadCheckpoint } from "../../transformer/checkpoint/checkpoint.ts";
import { TrainingSession } from "../../transformer/graph/training-session.ts";
import type { SftJob } from "../trainer.ts";
import { epochOrder } from "./batching.ts";
import { encodeExample } from "./encoding.ts";
import { trainSft } from "./sft.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint, tinyTokenizer } from "./tiny.test-support.ts";

const colours = ["red", "green", "blue"];
const examples = Array.from({ length: 30 }, (_, i) => {
  const colour = colours[i % 3] as string;
  return {
    id: `e${i}`,
    prompt: `<user> say ${colour} ${i % 2 === 0 ? "please" : "."} <asst>`,
    completion: `yes ${colour} .`,
  };
});

async function jobIn(initial: string, rest: Partial<SftJob> = {}): Promise<SftJob> {
  const output = await temporaryFolder();
  return {
    objective: "sft",
    initial,
    output,
    seed: 5,
    examples,
    epochs: 25,
    learningRate: 0.02,
    batch: 2,
    length: 48,
    ...rest,
  };
}

describe("trainSft", () => {
  it("learns the completions, and reports the held-out loss before and after", async () => {
    const heldOut = [{ id: "h", prompt: "<user> say red . <asst>", completion: "yes red ." }];
    const { result, steps } = await finish(trainSft(await jobIn(await tinyCheckpoint(), { heldOut })));
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: result.steps }, (_, i) => i + 1));
    expect(steps[0]?.metrics["loss"]).toBeGreaterThan(3);
    expect(steps.at(-1)?.metrics["loss"]).toBeLessThan(0.2);
    expect(result.metrics["initial/held_out_loss"]).toBeGreaterThan(3);
    expect(result.metrics["final/held_out_loss"]).toBeLessThan(0.2);
    // 5 prompt tokens and 4 of the response (the end included): 9 - 1 positions an example
    expect(result.tokens).toBe(25 * 30 * 8);
  });

  it.each([{}, { lora: { rank: 2 } }])(
    "ends with the same bytes when it is interrupted and continued, and is not run again when done (%j)",
    async (kind) => {
      const initial = await tinyCheckpoint();
      const settings = { ...kind, epochs: 4, stateEvery: 3 };
      const whole = await finish(trainSft(await jobIn(initial, settings)));
      const controller = new AbortController();
      const job = await jobIn(initial, settings);
      const seen = await interrupt(trainSft({ ...job, signal: controller.signal }), 5, controller);
      expect(seen).toBe(5);
      const rest = await finish(trainSft(job));
      expect(rest.steps).toEqual(whole.steps.slice(3));
      expect(rest.result.hash).toBe(whole.result.hash);
      expect(rest.result.tokens).toBe(whole.result.tokens);
      const again = await finish(trainSft(job));
      expect(again.steps).toEqual([]);
      expect(again.result).toEqual(rest.result);
      const other = await finish(trainSft({ ...job, seed: 6 }));
      expect(other.steps.length).toBeGreaterThan(0);
      expect(other.result.hash).not.toBe(whole.result.hash);
    },
  );

  it("keeps checkpoints on its way where that is asked for, the same ones after an interruption, and none of another job", async () => {
    const initial = await tinyCheckpoint();
    const settings = { epochs: 4, stateEvery: 3, checkpointEvery: 2 };
    const whole = await finish(trainSft(await jobIn(initial, settings)));
    const kept = whole.result.checkpoints ?? [];
    expect(kept.map(({ step }) => step)).toEqual([2, 4, 6, 8, 10]);
    const controller = new AbortController();
    const job = await jobIn(initial, settings);
    await interrupt(trainSft({ ...job, signal: controller.signal }), 5, controller);
    const { result } = await finish(trainSft(job));
    for (const [i, { step, folder }] of (result.checkpoints ?? []).entries())
      expect([step, await checkpointHash(folder)]).toEqual([
        kept[i]?.step,
        await checkpointHash(kept[i]?.folder ?? ""),
      ]);
    expect(result.checkpoints).toHaveLength(kept.length);
    expect(await checkpointHash(kept[0]?.folder ?? "")).not.toBe(result.hash);
    const { checkpointEvery: _none, ...plain } = job;
    expect((await finish(trainSft(plain))).result.checkpoints).toEqual([]);
    expect(readdirSync(job.output).filter((name) => name.startsWith("checkpoint-"))).toEqual([]);
  });

  it("weighs completions and their end token, prompts only when asked, and starts from a model without a scalar head", async () => {
    const tokenizer = tinyTokenizer();
    expect(encodeExample(tokenizer, { id: "a", prompt: "say red", completion: "yes .", weight: 2 }).weights).toEqual([
      0, 0, 2, 2, 2,
    ]);
    expect(encodeExample(tokenizer, { id: "a", prompt: "say red", completion: "yes . <end>" }, 0.05).weights).toEqual([
      0.05, 0.05, 1, 1, 1,
    ]);
    const { result } = await finish(trainSft(await jobIn(await tinyCheckpoint(), { epochs: 1 })));
    const { config, weights } = await loadCheckpoint(result.checkpoint);
    expect(weights.size).toBe(2 + 9 * config.layers);
  });

  it("stops at a number that is not finite, naming step and rate, with the last good state as a model", async () => {
    const initial = await tinyCheckpoint();
    const schedule = { shape: "linear", warmup: 0.9 } as const;
    const job = await jobIn(initial, { learningRate: 1e30, schedule, stateEvery: 1 });
    const early = await finish(trainSft(job)).catch((cause: unknown) => cause);
    expect(early).toMatchObject({ code: "not-finite" });
    expect(String(early)).toMatch(/Training step 2 at learning rate [\d.]+e\+28: .*NaN/);
    expect(String(early)).toContain("no state was saved that is known to be good");
    // The example that the last batch holds has a weight that overflows.
    const last = epochOrder(examples.length, job.seed, 0).at(-1);
    const poisoned = examples.map((example, i) => (i === last ? { ...example, weight: 1e38 } : example));
    const calm = await jobIn(initial, { examples: poisoned, epochs: 1, batch: 1, length: 16, stateEvery: 4 });
    const error = await finish(trainSft(calm)).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "not-finite" });
    expect(String(error)).toMatch(/the model of step 12 is in .*last-good/);
    const { weights } = await loadCheckpoint(`${calm.output}/last-good`);
    expect([...weights.values()].every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  it("stops when it has diverged without a number that is not finite", async () => {
    const job = await jobIn(await tinyCheckpoint(), { learningRate: 30, epochs: 40, stateEvery: 1 });
    const error = await finish(trainSft(job)).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "monitor-tripped" });
    expect(String(error)).toMatch(/a loss of \d+.*: training has diverged\n.*at most ten times 5.606/);
    // The state of step 1 is what has the loss of step 2.
    expect(String(error)).toMatch(/Training step 2 .*\n.*\n.*lower the learning rate \(now 30\).*no state was saved/);
  });

  it("keeps a diverged job's last state only where a good step followed it", async () => {
    const learn = TrainingSession.prototype.step;
    const spy = vi.spyOn(TrainingSession.prototype, "step").mockImplementation(async function (
      this: TrainingSession,
      ...call
    ) {
      const metrics = await learn.apply(this, call);
      return this.steps === 10 ? { ...metrics, loss: 1000 } : metrics;
    });
    const initial = await tinyCheckpoint();
    const run = async (stateEvery: number) => {
      const job = await jobIn(initial, { epochs: 2, batch: 1, length: 16, stateEvery });
      return { job, error: String(await finish(trainSft(job)).catch((cause: unknown) => cause)) };
    };
    expect((await run(9)).error).toMatch(/Training step 10 .*\n.*\n.*no state was saved/);
    const { job, error } = await run(8);
    expect(error).toMatch(/Training step 10 .*\n.*\n.*the model of step 8 is in .*last-good/);
    spy.mockRestore();
    const more = await finish(trainSft(await jobIn(`${job.output}/last-good`, { epochs: 1 })));
    expect(more.steps[0]?.metrics["loss"]).toBeLessThan(5.606);
  });

  it("refuses an empty job and text beyond the context", async () => {
    const initial = await tinyCheckpoint();
    await expect(finish(trainSft(await jobIn(initial, { examples: [] })))).rejects.toThrow("no examples");
    const long = [{ id: "x", prompt: "red ".repeat(80).trim(), completion: "yes" }];
    await expect(finish(trainSft(await jobIn(initial, { examples: long })))).rejects.toThrow(
      "at most 48 tokens, the length of a row",
    );
    await expect(finish(trainSft(await jobIn(initial, { length: 80 })))).rejects.toThrow("rows of 80 tokens");
  });
});
