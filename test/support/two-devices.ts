// Run by test/webgpu.slow.test.ts in a process of its own: every operator, and a whole training step, on two devices.

import { rng } from "../../src/rng.ts";
import type { TensorValue } from "../../src/tensor/onnx.ts";
import type { RuntimeTensor } from "../../src/tensor/onnxruntime.ts";
import { loadSession, toRuntime } from "../../src/tensor/runtime.ts";
import { tokenLossBuilder } from "../../src/training/local/token-training.ts";
import { initialWeights } from "../../src/transformer/checkpoint/weights.ts";
import { TrainingSession } from "../../src/transformer/graph/training-session.ts";
import { build, coefficientsFor, draw, operatorCases } from "./operator-graphs.ts";
import { smallConfig } from "./small-config.ts";

export interface Difference {
  readonly name: string;
  /** Largest difference, as a share of the largest number of that tensor where that is above 1. */
  readonly worst: number;
  readonly error?: string;
}

const numbers = (tensor: RuntimeTensor | undefined): number[] => Array.from(tensor?.data as Iterable<number>, Number);

function worst(a: readonly number[], b: readonly number[]): number {
  const scale = a.reduce((max, x) => Math.max(max, Math.abs(x)), 1);
  return a.reduce((max, x, i) => Math.max(max, Math.abs(x - (b[i] ?? Number.NaN))), 0) / scale;
}

async function operators(): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const item of operatorCases) {
    const inputs = draw(item, 2);
    const { model, shape } = build(item, inputs);
    const fed: Record<string, TensorValue> = { ...inputs, coefficients: coefficientsFor(item, shape) };
    const feeds = Object.fromEntries(Object.entries(fed).map(([name, value]) => [name, toRuntime(value)]));
    try {
      const cpu = await (await loadSession(model, 1, "cpu")).run(feeds);
      const session = await loadSession(model, 1, "webgpu");
      const gpu = await session.run(feeds);
      await session.release();
      const all = Object.keys(cpu).map((name) => worst(numbers(cpu[name]), numbers(gpu[name])));
      differences.push({ name: item.name, worst: Math.max(...all) });
    } catch (error) {
      differences.push({ name: item.name, worst: Number.POSITIVE_INFINITY, error: String(error).slice(0, 300) });
    }
  }
  return differences;
}

async function trainingStep(): Promise<Difference[]> {
  const [batch, length] = [2, 8];
  const config = smallConfig({
    vocabularySize: 40,
    hiddenSize: 32,
    feedForwardSize: 48,
    heads: 4,
    keyValueHeads: 2,
    contextLength: length,
  });
  const weights = initialWeights(config, rng(1, "two-devices"));
  const train = async (device: "cpu" | "webgpu") => {
    const options = { config, weights, batch, length, loss: tokenLossBuilder(), threads: 1, device };
    const session = await TrainingSession.create(options);
    const random = rng(2, "two-devices");
    const losses: number[] = [];
    for (let step = 0; step < 3; step++) {
      const tokens = Int32Array.from({ length: batch * length }, () => random.integer(config.vocabularySize));
      const targets = tokens.map((token) => (token * 7 + 1) % config.vocabularySize);
      const ones = { segments: new Int32Array(16).fill(1), weights: new Float32Array(16).fill(1) };
      losses.push((await session.step({ tokens, targets, ...ones }, 1e-3))["loss"]!);
    }
    return { losses, trained: await session.weights() };
  };
  const [cpu, gpu] = [await train("cpu"), await train("webgpu")];
  return [
    { name: "losses of three steps", worst: worst(cpu.losses, gpu.losses) },
    ...[...cpu.trained].map(([name, { data }]) => ({
      name: `${name} after three steps`,
      worst: worst([...data], [...(gpu.trained.get(name)?.data ?? [])]),
    })),
  ];
}

console.log(JSON.stringify([...(await operators()), ...(await trainingStep())]));
process.exit(0);
