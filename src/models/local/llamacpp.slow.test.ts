import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { encodeGguf } from "../../../benchmarks/engine/gguf.ts";
import { rng } from "../../rng.ts";
import type { TransformerConfig } from "../../transformer/checkpoint/config.ts";
import { initialWeights } from "../../transformer/checkpoint/weights.ts";
import { openModel } from "../open.ts";
import type { OpenModel } from "../open-model.ts";
import type { ModelEvent } from "../options.ts";

/** Where `npm --prefix benchmarks install` puts the optional package; without it there is nothing to run. */
const packages = new URL("../../../benchmarks/node_modules", import.meta.url).pathname;
const isInstalled = existsSync(join(packages, "node-llama-cpp"));
const folder = mkdtempSync(join(tmpdir(), "precept-llamacpp-"));
const before = process.cwd();
const LIMIT_MS = 60_000;
let model: OpenModel;

const config: TransformerConfig = {
  layers: 2,
  hiddenSize: 64,
  heads: 2,
  keyValueHeads: 2,
  headSize: 32,
  feedForwardSize: 128,
  vocabularySize: 320,
  contextLength: 256,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
};

afterAll(async () => {
  process.chdir(before);
  vi.unstubAllEnvs();
  await model?.dispose?.();
  rmSync(folder, { recursive: true, force: true });
}, LIMIT_MS);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

const title = "a GGUF file in process (needs npm --prefix benchmarks install)";
describe.skipIf(!isInstalled)(title, { timeout: LIMIT_MS }, () => {
  beforeAll(async () => {
    // A second thread would wait, spinning, for whatever else keeps the machine busy.
    vi.stubEnv("PRECEPT_THREADS", "1");
    writeFileSync(join(folder, "tiny.gguf"), encodeGguf(config, initialWeights(config, rng(3))));
    symlinkSync(packages, join(folder, "node_modules"));
    process.chdir(folder);
    model = await openModel(`llamacpp:${join(folder, "tiny.gguf")}`, { cache: false });
  }, LIMIT_MS);

  it("tells what it is, without its folder", () => {
    expect(model.report).toMatchObject({ id: "llamacpp:tiny.gguf", choice: "engine", contextLength: 256 });
  });

  it("generates by seed", async () => {
    const requests = [1, 2, 1].map((seed, index) => ({ id: `${index}`, prompt: "hello", seed }));
    const answers = new Map((await collect(model.generate(requests, { maxTokens: 8 }))).map((a) => [a.id, a]));
    expect(answers.get("0")?.text).toBe(answers.get("2")?.text);
    expect(answers.get("0")?.text).not.toBe(answers.get("1")?.text);
    expect(answers.get("0")?.usage.completionTokens).toBeLessThanOrEqual(8);
  });

  it("writes nothing but JSON of a schema, behind a prefill too", async () => {
    const schema = z.object({
      word: z.string().min(1).max(4),
      n: z.number().min(-5).max(9.5),
      kind: z.enum(["a", "ü"]),
    });
    const held = { name: "answer", schema: z.toJSONSchema(schema) as Readonly<Record<string, unknown>> };
    const requests = Array.from({ length: 8 }, (_, seed) => {
      return { id: `${seed}`, prompt: "hello", seed, prefill: seed % 2 === 0 ? undefined : '{"word":"a' };
    });
    const answers = await collect(model.generate(requests, { maxTokens: 240, temperature: 0.7, schema: held }));
    const whole = answers.filter(({ finishReason }) => finishReason === "stop");
    expect(whole.length).toBeGreaterThan(2);
    for (const { id, text } of whole) {
      const json = (requests[Number(id)]?.prefill ?? "") + text;
      expect([json, schema.safeParse(JSON.parse(json)).success]).toEqual([json, true]);
    }
    const free = await collect(model.generate(requests.slice(0, 1), { maxTokens: 8 }));
    expect(() => JSON.parse(free[0]?.text ?? "")).toThrow();
    const pattern = { name: "a", schema: { type: "string", pattern: "^a" } };
    await expect(collect(model.generate(requests, { maxTokens: 4, schema: pattern }))).rejects.toThrow(
      "the keyword pattern",
    );
  });

  it("weighs options as it scores them, and all tokens together as one", async () => {
    const options = ["a", "b", "ab"];
    const [choice] = await collect(model.choose([{ id: "c", prompt: "x", options, seed: 1 }]));
    const scores = await collect(
      model.score(options.map((continuation, index) => ({ id: `${index}`, prompt: "x", continuation }))),
    );
    const masses = options.map((_, index) =>
      Math.exp((scores.find(({ id }) => id === `${index}`)?.logprobs ?? []).reduce((sum, value) => sum + value, 0)),
    );
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    for (const [index, probability] of (choice?.probabilities ?? []).entries()) {
      expect(probability).toBeCloseTo((masses[index] ?? 0) / total, 4);
    }
    expect(choice?.mass).toBeLessThan(1);
    // Every byte is a token of its own here, so the probabilities of all first bytes add up to nearly all there is.
    const bytes = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    const [all] = await collect(model.choose([{ id: "all", prompt: "x", options: bytes, seed: 1 }]));
    expect(all?.mass).toBeGreaterThan(94 / 320 / 2);
    expect(all?.mass).toBeLessThan(1);
    // Read in one pass, they weigh what each weighs alone.
    const [first] = await collect(model.score([{ id: "first", prompt: "x", continuation: "!" }]));
    expect((all?.probabilities[0] ?? 0) * (all?.mass ?? 0)).toBeCloseTo(Math.exp(first?.logprobs[0] ?? 0), 5);
  });

  it("answers the same whatever it has read before", async () => {
    const texts = ["hello world", "hello there world", "hello world again", "x", "hello world", "hello"];
    const greedy = async (asked: OpenModel, prompt: string): Promise<string | undefined> =>
      (await collect(asked.generate([{ id: prompt, prompt, seed: 1 }], { maxTokens: 8, temperature: 0 })))[0]?.text;
    for (const text of texts) {
      const anew = await openModel(`llamacpp:${join(folder, "tiny.gguf")}`, { cache: false });
      expect(await greedy(model, text), text).toBe(await greedy(anew, text));
      await anew.dispose?.();
    }
  });

  it("keeps its answers for whoever asks the same of the same file, and says so", async () => {
    const events: ModelEvent[] = [];
    const options = { cache: join(folder, "cache"), onEvent: (event: ModelEvent) => void events.push(event) };
    const answersOf = async (name: string, seed: number) => {
      const own = await openModel(`llamacpp:${join(folder, name)}`, options);
      const [text] = await collect(own.generate([{ id: "g", prompt: "hello", seed }], { maxTokens: 8 }));
      const [choice] = await collect(own.choose([{ id: "c", prompt: "x", options: ["a", "b"], seed }]));
      const [score] = await collect(own.score([{ id: "s", prompt: "x", continuation: "ab" }]));
      await own.dispose?.();
      const cached = events.splice(0).map((event) => event.type === "call" && event.isCached);
      return { answers: [text?.text, choice?.probabilities, score?.logprobs], cached };
    };
    const first = await answersOf("tiny.gguf", 1);
    expect(first.cached).toEqual([false, false, false]);
    expect(await answersOf("tiny.gguf", 1)).toEqual({ answers: first.answers, cached: [true, true, true] });
    // Another seed is another text, and other weights are another model, whatever their file is called.
    expect((await answersOf("tiny.gguf", 2)).cached).toEqual([false, true, true]);
    writeFileSync(join(folder, "other.gguf"), encodeGguf(config, initialWeights(config, rng(4))));
    expect((await answersOf("other.gguf", 1)).cached).toEqual([false, false, false]);
  });

  it("refuses a dialogue without a template, and a prompt beyond its context", async () => {
    const dialogue = [{ id: "d", prompt: [{ role: "user", content: "x" }] as const, seed: 1 }];
    await expect(collect(model.generate(dialogue, { maxTokens: 1 }))).rejects.toMatchObject({ code: "input-invalid" });
    const [long] = await collect(model.generate([{ id: "l", prompt: "x".repeat(400), seed: 1 }], { maxTokens: 1 }));
    expect(long).toMatchObject({ finishReason: "error", outcome: "context-overflow" });
    const letters = { id: "c", prompt: "x".repeat(400), options: ["a", "b"], seed: 1 };
    expect(await collect(model.choose([letters]))).toMatchObject([
      { outcome: "context-overflow", probabilities: [0.5, 0.5] },
    ]);
    const scored = { id: "s", prompt: "x".repeat(400), continuation: "a" };
    expect(await collect(model.score([scored]))).toMatchObject([{ outcome: "context-overflow", logprobs: [] }]);
  });
});

describe("llamacpp without its package", () => {
  it.skipIf(existsSync(new URL("../../../node_modules/node-llama-cpp", import.meta.url)))(
    "says how to get it",
    async () => {
      const here = process.cwd();
      process.chdir(tmpdir());
      try {
        writeFileSync(join(folder, "any.gguf"), "GGUF");
        await expect(openModel(`llamacpp:${join(folder, "any.gguf")}`)).rejects.toMatchObject({
          code: "package-missing",
          message: expect.stringContaining("npm install node-llama-cpp"),
        });
      } finally {
        process.chdir(here);
      }
    },
  );
});
