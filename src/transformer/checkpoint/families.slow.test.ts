import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findPython, NO_PYTHON, runPython } from "../../../test/support/python.ts";
import { Graph, toOnnx } from "../../tensor/graph.ts";
import { loadSession, toRuntime } from "../../tensor/runtime.ts";
import { graphModel, parametersFrom } from "../graph/model.ts";
import { Transformer } from "../transformer.ts";
import { type Checkpoint, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { decodeSafetensors } from "./safetensors.ts";
import type { WeightTensor } from "./weights.ts";

interface Made {
  readonly family: string;
  readonly dtype: "float32" | "float16" | "bfloat16";
  readonly shards: number;
  readonly scores: boolean;
}
interface Checked {
  readonly difference: number;
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly tokenizer_agrees: boolean;
}

/** Largest absolute difference of logits that counts as agreement, in float32. */
const TOLERANCE = 1e-4;

const python = findPython();
if (python === undefined) console.warn(`Skipping the comparison with transformers: ${NO_PYTHON}`);

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a, (x, i) => Math.abs(x - (b[i] ?? Number.NaN))).reduce((most, x) => Math.max(most, x), 0);

/** What the training graph gives for all positions: logits (B, T, V), or scalars (B, T) of a preference model. */
async function forward({ config, weights }: Checkpoint, tokens: WeightTensor, scores: boolean): Promise<Float32Array> {
  const [batch = 0, length = 0] = tokens.shape;
  const graph = new Graph();
  const parameters = new Map([...weights].map(([name, { shape }]) => [name, graph.input(name, "float32", shape)]));
  const model = graphModel(graph, config, parametersFrom(parameters), { batch, length });
  const hidden = model.hiddenStates(
    graph.input("tokens", "int32", [batch, length]),
    graph.input("segments", "int32", [batch, length]),
  );
  const output = scores ? model.scalar(hidden) : model.logits(hidden);
  const session = await loadSession(toOnnx(graph, { output }), 1);
  const shape = [batch, length];
  const feeds = {
    tokens: toRuntime({ dtype: "int32", shape, data: Int32Array.from(tokens.data) }),
    segments: toRuntime({ dtype: "int32", shape, data: new Int32Array(batch * length) }),
    ...Object.fromEntries(
      [...weights].map(([name, tensor]) => [
        name,
        toRuntime({ dtype: "float32", shape: tensor.shape, data: tensor.data }),
      ]),
    ),
  };
  const results = await session.run(feeds);
  return results["output"]?.data as Float32Array;
}

describe.skipIf(python === undefined)("models that transformers made", () => {
  let folder = "";
  let made: Readonly<Record<string, Made>> = {};
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "precept-families-"));
    made = runPython(python ?? "", "make_models.py", join(folder, "made")) as Record<string, Made>;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const each = async (
    body: (
      name: string,
      how: Made,
      checkpoint: Checkpoint,
      reference: ReadonlyMap<string, WeightTensor>,
    ) => Promise<void>,
  ): Promise<void> => {
    expect(Object.keys(made).length).toBeGreaterThan(20);
    for (const [name, how] of Object.entries(made)) {
      const place = join(folder, "made", name);
      const reference = decodeSafetensors(await readFile(join(place, "reference.safetensors")), name);
      await body(name, how, await loadCheckpoint(place), reference);
    }
  };

  it("give the same logits here, in the training graph", async () => {
    await each(async (name, { scores, shards }, checkpoint, reference) => {
      const tokens = reference.get("tokens")!;
      const output = await forward(checkpoint, tokens, scores);
      const expected = reference.get(scores ? "scores" : "logits")!.data;
      const length = tokens.shape[1] ?? 0;
      // A preference model's reference is the score after the last token.
      const own = scores ? output.filter((_, i) => i % length === length - 1) : output;
      expect(own.length, name).toBe(expected.length);
      expect(worst(own, expected), name).toBeLessThan(TOLERANCE);
      expect(
        expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0),
        name,
      ).toBeGreaterThan(scores ? 0.05 : 1);
      if (name === "smollm3" || name === "smollm2-sharded") expect(shards).toBeGreaterThan(2);
    });
  });

  it("give the same log-probabilities here, in the inference graph", async () => {
    await each(async (name, { scores }, checkpoint, reference) => {
      const [batch = 0, length = 0] = reference.get("tokens")!.shape;
      if (length > checkpoint.config.contextLength) return;
      const tokens = Array.from({ length: batch }, (_, row) =>
        Array.from(reference.get("tokens")!.data.subarray(row * length, (row + 1) * length)),
      );
      const transformer = await Transformer.create({ ...checkpoint, threads: 1 });
      try {
        if (scores) {
          expect(worst(await transformer.scalars(tokens), reference.get("scores")!.data), name).toBeLessThan(TOLERANCE);
          return;
        }
        const logits = reference.get("logits")!.data;
        const size = checkpoint.config.vocabularySize;
        for (const [row, logprobs] of (await transformer.logprobs(tokens)).entries()) {
          const expected = Array.from(logprobs, (_, t) => {
            if (t === 0) return 0;
            const at = (row * length + t - 1) * size;
            const scoresHere = logits.subarray(at, at + size);
            const total = scoresHere.reduce((sum, score) => sum + Math.exp(score), 0);
            return (scoresHere[tokens[row]?.[t] ?? -1] ?? Number.NaN) - Math.log(total);
          });
          expect(worst(logprobs, expected), name).toBeLessThan(TOLERANCE);
        }
      } finally {
        await transformer.dispose();
      }
    });
  });

  it("are saved so that transformers finds the same model in them, in one file and in shards", async () => {
    for (const [kind, maxShardBytes] of [
      ["whole", 1e9],
      ["sharded", 30_000],
    ] as const) {
      const saved = join(folder, kind);
      await each((name, { dtype }, checkpoint) =>
        saveCheckpoint(join(saved, name), checkpoint, { storage: dtype, maxShardBytes }),
      );
      const checks = runPython(python ?? "", "check_models.py", saved, join(folder, "made")) as Record<string, Checked>;
      expect(Object.keys(checks).sort()).toEqual(Object.keys(made).sort());
      for (const [name, check] of Object.entries(checks)) {
        expect({ name, ...check, difference: 0 }).toEqual({
          name,
          difference: 0,
          missing: [],
          unexpected: [],
          tokenizer_agrees: true,
        });
        expect(check.difference, `${kind} ${name}`).toBeLessThan(1e-6);
      }
    }
  });
});
