import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { initialWeights } from "../../transformer/checkpoint/weights.ts";
import { TrainingSession } from "../../transformer/graph/training-session.ts";
import type { TrainingProgress } from "../trainer.ts";
import { packDocuments, type TokenBatch } from "./batching.ts";
import { tinyConfig } from "./tiny.test-support.ts";
import { tokenLossBuilder, trainSteps } from "./token-training.ts";

const config = tinyConfig(32);
const shape = { batch: 2, length: 16 };
const sessionOf = (kinds?: readonly string[]): Promise<TrainingSession> =>
  TrainingSession.create({
    config,
    weights: initialWeights(config, rng(4)),
    loss: tokenLossBuilder({ kinds }),
    ...shape,
  });

/** A fresh batch a step, as pre-training streams them: a counting sequence, then noise. */
function batchAt(step: number): TokenBatch {
  const random = rng(9, step);
  const documents = Array.from({ length: 4 }, () => {
    const start = random.integer(16);
    const tokens = [start, start + 1, start + 2, start + 3, random.integer(32), random.integer(32)];
    return { tokens, weights: [1, 1, 1, 1, 0.5, 0.5], kinds: [0, 0, 0, 0, 1, 1] };
  });
  return packDocuments(documents, shape)[0] as TokenBatch;
}

async function collect(steps: AsyncGenerator<TrainingProgress, void>): Promise<TrainingProgress[]> {
  const seen: TrainingProgress[] = [];
  for await (const progress of steps) seen.push(progress);
  return seen;
}

describe("trainSteps", () => {
  it("learns from streamed batches and shows the loss of every kind of token apart", async () => {
    const session = await sessionOf(["count", "noise"]);
    try {
      const seen = await collect(
        trainSteps({ session, batchAt, steps: 150, learningRate: 0.02, schedule: { shape: "linear" } }),
      );
      const [first, last] = [seen[0], seen.at(-1)];
      const mixed = (metrics: Readonly<Record<string, number>> = {}): number =>
        (3 * (metrics["loss/count"] ?? 0) + 2 * 0.5 * (metrics["loss/noise"] ?? 0)) / 4;
      expect(mixed(first?.metrics)).toBeCloseTo(first?.metrics["loss"] ?? 0, 4);
      expect(first?.metrics["loss/count"]).toBeGreaterThan(2.5);
      expect(last?.metrics["loss/count"]).toBeLessThan(1.2);
      expect(last?.metrics["loss/noise"]).toBeGreaterThan(2.5);
      expect(last?.tokens).toBe(150 * 4 * 5);
      expect(last?.metrics["learning_rate"]).toBe(0);
    } finally {
      await session.dispose();
    }
  });

  it("goes on from a step as if it had never stopped, and says where it was interrupted", async () => {
    const options = { batchAt, steps: 6, learningRate: 0.02, schedule: { shape: "cosine" } as const };
    const whole = await sessionOf();
    const parted = await sessionOf();
    try {
      await collect(trainSteps({ ...options, session: whole }));
      const controller = new AbortController();
      const steps = trainSteps({ ...options, session: parted, signal: controller.signal });
      for (let i = 0; i < 4; i++) await steps.next();
      controller.abort();
      await expect(steps.next()).rejects.toThrow("stopped after 4 of 6 steps");
      const rest = await collect(trainSteps({ ...options, session: parted, from: 4, tokens: 80 }));
      expect(rest.map(({ step, tokens }) => [step, tokens])).toEqual([
        [5, 100],
        [6, 120],
      ]);
      expect(await parted.weights()).toEqual(await whole.weights());
    } finally {
      await whole.dispose();
      await parted.dispose();
    }
  });
});
