import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { PreceptError } from "../../errors.ts";
import type {
  Choice,
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
  Score,
} from "../../language-model.ts";
import { rng } from "../../rng.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { saveCheckpoint } from "../../transformer/checkpoint/checkpoint.ts";
import { initialWeights } from "../../transformer/checkpoint/weights.ts";
import { LocalModel } from "./local.ts";

const words = ["<end>", "<rev>", "a", "b", "c", "d", "e"];
const tokenizer = wordTokenizer(words);
const config = smallConfig({
  vocabularySize: tokenizer.vocabularySize,
  layers: 1,
  contextLength: 40,
  tiedEmbeddings: false,
});

let folder = "";
let model: LocalModel;
beforeAll(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "precept-local-")), "checkpoint");
  const weights = new Map(initialWeights(config, rng(5, "local")));
  // Every state has a large first channel, and the output matrix reads it as "a word, not a byte".
  const random = rng(6, "tables");
  const table = (first: (token: number) => number, std: number): Float32Array =>
    Float32Array.from({ length: config.vocabularySize * 16 }, (_, i) =>
      i % 16 === 0 ? first(i / 16) : std * random.normal(),
    );
  const shape = [config.vocabularySize, 16];
  weights.set("model.embed_tokens.weight", { shape, data: table(() => 4, 1) });
  weights.set("lm_head.weight", { shape, data: table((token) => (token < words.length ? 2 : -1), 0.3) });
  await saveCheckpoint(folder, { config, weights, tokenizer });
  model = await LocalModel.load(folder);
});
afterAll(async () => {
  await model.dispose();
  await rm(join(folder, ".."), { recursive: true, force: true });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
const byId = <T extends { id: string }>(items: readonly T[]): Map<string, T> =>
  new Map(items.map((item) => [item.id, item]));
const requests: GenerationRequest[] = Array.from({ length: 30 }, (_, n) => ({ id: `${n}`, prompt: "a b c", seed: 1 }));
const generate = async (
  options: Partial<GenerationOptions> = {},
  asked = requests,
  of: LanguageModel = model,
): Promise<Map<string, Generation>> => byId(await collect(of.generate(asked, { maxTokens: 20, ...options })));

describe("LocalModel.generate", () => {
  it("ends before the end token, which is part of the tokens", async () => {
    const results = [...(await generate()).values()];
    const stopped = results.filter(({ finishReason }) => finishReason === "stop");
    expect(stopped.length).toBeGreaterThan(3);
    for (const { text, tokens = [], logprobs = [], usage } of results) {
      expect(text).not.toContain("<end>");
      expect(logprobs).toHaveLength(tokens.length);
      expect(usage).toEqual({ promptTokens: 3, completionTokens: tokens.length });
    }
    for (const { text, tokens = [] } of stopped) {
      expect(tokens.at(-1)).toBe(tokenizer.endToken);
      expect(text).toBe(tokenizer.decode(tokens.slice(0, -1)));
    }
  });

  it("ends before the first stop string, of one word or of several", async () => {
    const free = await generate();
    for (const stop of [["<rev>"], ["c"], ["a b", "e d"], ["d c", "b"]]) {
      let cut = 0;
      for (const [id, { text, finishReason, tokens = [] }] of await generate({ stop })) {
        const whole = free.get(id)?.text ?? "";
        const place = Math.min(...stop.map((string) => whole.indexOf(string)).filter((at) => at >= 0));
        expect(text).toBe(whole.slice(0, place === Number.POSITIVE_INFINITY ? undefined : place).trimEnd());
        if (place === Number.POSITIVE_INFINITY) continue;
        cut++;
        expect(finishReason).toBe("stop");
        expect(stop.some((string) => tokenizer.decode(tokens).endsWith(string))).toBe(true);
      }
      expect(cut).toBeGreaterThan(0);
    }
  });

  it("continues a prefill without repeating it", async () => {
    const plain = await generate(
      {},
      requests.map((request) => ({ ...request, prompt: "a b c d e" })),
    );
    const prefilled = await generate(
      {},
      requests.map((request) => ({ ...request, prefill: "d e" })),
    );
    expect(prefilled).toEqual(plain);
  });

  it("needs text, or a way to render a dialogue", async () => {
    const dialogue = [{ id: "x", prompt: [{ role: "user", content: "b c" }] as const, seed: 1 }];
    const error = await collect(model.generate(dialogue, { maxTokens: 3 })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PreceptError);
    expect(error).toMatchObject({ code: "input-invalid" });
    const rendering = await LocalModel.load(folder, { render: (messages) => `a ${messages[0]?.content}` });
    const rendered = await generate({}, dialogue, rendering);
    expect(rendered.get("x")).toEqual((await generate({}, [{ id: "x", prompt: "a b c", seed: 1 }])).get("x"));
    await rendering.dispose();
  });
});

describe("LocalModel.choose and score", () => {
  it("agree: an option's probability is its score's share", async () => {
    const options = [" a", " b c", " d"];
    const asked = ["a b", "c", "e e e"].map((prompt, n) => ({ id: `${n}`, prompt, options, seed: 1 }));
    const choices = byId<Choice>(await collect(model.choose(asked)));
    for (const { id, prompt } of asked) {
      const scored = byId<Score>(
        await collect(model.score(options.map((continuation) => ({ id: continuation, prompt, continuation })))),
      );
      const masses = options.map((option) =>
        Math.exp((scored.get(option)?.logprobs ?? []).reduce((sum, logprob) => sum + logprob, 0)),
      );
      const total = masses.reduce((sum, mass) => sum + mass, 0);
      const choice = choices.get(id);
      expect(choice?.method).toBe("logprobs");
      for (const [index, mass] of masses.entries()) expect(choice?.probabilities[index]).toBeCloseTo(mass / total, 5);
      expect(scored.get(" b c")?.logprobs).toHaveLength(2);
    }
  });

  it("takes one-word options from one pass with the same result", async () => {
    const [single] = await collect(model.choose([{ id: "x", prompt: "a b c", options: [" a", " b"], seed: 1 }]));
    const [mixed] = await collect(model.choose([{ id: "x", prompt: "a b c", options: [" a", " b", " a b"], seed: 1 }]));
    const ratio = (choice: Choice | undefined): number =>
      (choice?.probabilities[0] ?? 0) / (choice?.probabilities[1] ?? 0);
    expect(ratio(single)).toBeCloseTo(ratio(mixed), 4);
    expect((single?.probabilities ?? []).reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 6);
  });

  it("agrees with the log-probabilities that generation reports", async () => {
    const spoken = [...(await generate()).values()].filter(({ tokens = [] }) =>
      tokens.every((token) => token < words.length),
    );
    expect(spoken.length).toBeGreaterThan(15);
    for (const { id, tokens = [], logprobs = [] } of spoken) {
      const [score] = await collect(model.score([{ id, prompt: "a b c", continuation: tokenizer.decode(tokens) }]));
      expect(score?.logprobs).toHaveLength(logprobs.length);
      for (const [index, logprob] of logprobs.entries()) expect(score?.logprobs[index]).toBeCloseTo(logprob, 4);
    }
  });

  it("says of a text that does not fit that it does not, and answers the others", async () => {
    const long = "a b c d e ".repeat(12).trim();
    const prompts = [long, "a b"];
    const generated = await collect(
      model.generate(
        prompts.map((prompt, seed) => ({ id: `${seed}`, prompt, seed })),
        { maxTokens: 3 },
      ),
    );
    expect(generated.map(({ id, outcome, finishReason }) => [id, outcome, finishReason])).toEqual([
      ["0", "context-overflow", "error"],
      ["1", undefined, expect.stringMatching(/stop|length/)],
    ]);
    for (const options of [
      ["c", "d"],
      ["c d", "d"],
    ]) {
      const asked = prompts.map((prompt, i) => ({ id: `${i}`, prompt, options, seed: 1 }));
      const [over, well] = await collect(model.choose(asked));
      expect(over).toMatchObject({ id: "0", outcome: "context-overflow", probabilities: [0.5, 0.5] });
      const [alone] = await collect(model.choose(asked.slice(1)));
      expect(well).toEqual(alone);
    }
    const scored = await collect(
      model.score(prompts.map((prompt, i) => ({ id: `${i}`, prompt, continuation: "c d" }))),
    );
    expect(scored[0]).toMatchObject({ id: "0", outcome: "context-overflow", logprobs: [] });
    expect(scored[1]?.logprobs).toHaveLength(2);
    expect(await collect(model.score([{ id: "0", prompt: long, continuation: "c" }]))).toHaveLength(1);
    expect(await collect(model.choose([{ id: "0", prompt: long, options: ["c"], seed: 1 }]))).toHaveLength(1);
    expect(await collect(model.generate([{ id: "0", prompt: long, seed: 1 }], { maxTokens: 1 }))).toHaveLength(1);
  });
});
