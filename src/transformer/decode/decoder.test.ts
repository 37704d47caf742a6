import { afterAll, describe, expect, it, vi } from "vitest";
import { referenceHidden, referenceLogprob } from "../../../test/support/reference-transformer.ts";
import { gemmaChanges, smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { initialWeights } from "../checkpoint/weights.ts";
import { siteNames, siteOf, siteWidth } from "../graph/sites.ts";
import type { SiteEdit } from "../inference/edits.ts";
import { Decoder, type Slot } from "./decoder.ts";
import { RuntimeProducts } from "./runtime-products.ts";

const base = smallConfig({
  vocabularySize: 83,
  hiddenSize: 20,
  feedForwardSize: 44,
  heads: 4,
  keyValueHeads: 2,
  contextLength: 64,
});
const open: { dispose(): Promise<void> }[] = [];
afterAll(() => Promise.all(open.map((one) => one.dispose())));

const shapes: Readonly<Record<string, Partial<TransformerConfig>>> = {
  "a tied Llama": {},
  "an untied one with all biases": { tiedEmbeddings: false, attentionBias: "qkvo", mlpBias: true },
  "norms of queries and keys": { qkNorm: true, headSize: 16 },
  "layers without rotation, and a window": { noRopeLayers: [1], slidingWindow: 5, slidingLayers: [0] },
  "all that Gemma 3 has": gemmaChanges,
  "stretched rotations": { ropeScaling: { type: "linear", factor: 4 } },
};

function setting(change: Partial<TransformerConfig>) {
  const config = { ...base, ...change };
  const random = rng(9, "biases");
  const weights = new Map(
    [...initialWeights(config, rng(5, "decoder"))].map(([name, tensor]) => [
      name,
      name.endsWith(".weight") && tensor.shape.length > 1
        ? { ...tensor, data: tensor.data.map((value) => 5 * value) }
        : { ...tensor, data: tensor.data.map((value) => value + 0.5 * random.normal()) },
    ]),
  );
  return { config, weights };
}
/** Two edits of each site of each layer. */
function editAll(config: TransformerConfig): SiteEdit[] {
  const random = rng(8, "edits");
  return Array.from({ length: config.layers }, (_, layer) => siteNames.map((name) => siteOf(layer, name)))
    .flat()
    .flatMap((site): SiteEdit[] => {
      const draw = () => Float32Array.from({ length: siteWidth(site, config) }, () => random.normal());
      return [
        { site, direction: draw(), kind: "add", strength: 0.2 },
        { site, direction: draw(), kind: "set", at: 0.5 },
      ];
    });
}

function slotOf(decoder: Decoder, capacity: number): Slot {
  const slot = decoder.open(capacity);
  if (slot === undefined) throw new Error("no room");
  return slot;
}

const random = rng(4, "tokens");
const tokens = Array.from({ length: 3 }, () => Array.from({ length: 30 }, () => random.integer(base.vocabularySize)));

describe("Decoder", () => {
  for (const [name, change] of Object.entries(shapes)) {
    it(`gives the reference's log-probabilities for ${name}`, async () => {
      const { config, weights } = setting(change);
      const decoder = new Decoder(config, weights, { threads: 1 });
      open.push(decoder);
      const parameters = new Map([...weights].map(([key, { data }]) => [key, Float64Array.from(data)]));
      for (const sequence of tokens) {
        const slot = slotOf(decoder, sequence.length);
        const rows = sequence.map((token, position) => ({ token, position, slot, temperature: 1 }));
        const found = (await decoder.step(rows)).map(
          ({ logits, logNormaliser }, t) => (logits[sequence[t + 1] ?? 0] ?? Number.NaN) - logNormaliser,
        );
        const states = referenceHidden(
          config,
          parameters,
          sequence,
          sequence.map(() => 0),
        );
        for (const [t, hidden] of states.entries()) {
          const expected = referenceLogprob(config, parameters, hidden, sequence[t + 1] ?? 0);
          expect(found[t]).toBeCloseTo(expected, 4);
        }
      }
    });
  }

  it.each([
    ["Qwen 3", { qkNorm: true }, false],
    ["Gemma 3", gemmaChanges, false],
    ["a Llama whose sites are all edited", {}, true],
    ["a Gemma 3 whose sites are all edited", gemmaChanges, true],
  ])(
    "gives every bit the same alone, in company, token by token, and on two threads: %s",
    async (_, change, edited) => {
      const { config, weights } = setting(change);
      const edits = edited ? editAll(config) : undefined;
      const one = new Decoder(config, weights, { threads: 1, edits });
      const two = new Decoder(config, weights, { threads: 2, edits });
      open.push(one, two);
      const slots = (of: Decoder) => tokens.map((sequence) => slotOf(of, sequence.length + 2));
      const row = (n: number, position: number, slot: Slot) => ({
        token: tokens[n]?.[position] ?? 0,
        position,
        slot,
        temperature: 0.7,
      });
      const alone = slots(one);
      const single: Float32Array[][] = [];
      for (const [n, sequence] of tokens.entries()) {
        const own: Float32Array[] = [];
        for (const t of sequence.keys()) own.push((await one.step([row(n, t, alone[n]!)]))[0]!.probabilities.slice());
        single.push(own);
      }
      for (const decoder of [one, two]) {
        const together = slots(decoder);
        const prefix = await decoder.step(
          tokens.flatMap((_, n) => Array.from({ length: 11 }, (__, t) => row(n, t, together[n]!))),
        );
        expect(prefix.map(({ probabilities }) => probabilities.slice())).toEqual(
          single.flatMap((own) => own.slice(0, 11)),
        );
        for (let t = 11; t < 30; t++) {
          const step = await decoder.step(tokens.map((_, n) => row(n, t, together[n]!)));
          expect(step.map(({ probabilities }) => probabilities.slice())).toEqual(single.map((own) => own[t]));
        }
      }
    },
  );

  it("gives every bit the same where the runtime makes the products of many rows", async () => {
    const made = vi.spyOn(RuntimeProducts.prototype, "run");
    const { config, weights } = setting({ hiddenSize: 320, feedForwardSize: 600, attentionBias: "qkvo" });
    const decoder = new Decoder(config, weights, { threads: 1 });
    open.push(decoder);
    const row = (slot: Slot) => (token: number, position: number) => ({ token, position, slot, temperature: 1 });
    for (const sequence of tokens) {
      const slots = [slotOf(decoder, 30), slotOf(decoder, 30)] as const;
      const alone: Float32Array[] = [];
      for (const [t, token] of sequence.entries())
        alone.push((await decoder.step([row(slots[0])(token, t)]))[0]!.logits.slice());
      const before = made.mock.calls.length;
      const together = await decoder.step(sequence.map(row(slots[1])));
      expect(together.map(({ logits }) => logits.slice())).toEqual(alone);
      // "gate" and "up", and "down", are large enough.
      expect(made.mock.calls.length - before).toBe(4);
    }
  });

  it("goes on with its own kernels, every bit the same, where the runtime fails or has other bits", async () => {
    const { config, weights } = setting({ hiddenSize: 320, feedForwardSize: 600 });
    const { create } = RuntimeProducts;
    const step = async (times = 1) => {
      const decoder = new Decoder(config, weights, { threads: 1 });
      open.push(decoder);
      const slot = slotOf(decoder, 30);
      const rows = tokens[0]!.map((token, position) => ({ token, position, slot, temperature: 1 }));
      for (let n = 1; n < times; n++) await decoder.step(rows);
      return (await decoder.step(rows)).map(({ logits }) => logits.slice());
    };
    const expected = await step();
    const made = vi.spyOn(RuntimeProducts, "create").mockRejectedValue(new Error("no room"));
    expect(await step(2)).toEqual(expected);
    expect(made).toHaveBeenCalledTimes(4);
    let runs = 0;
    const good = { first: 0, later: 4 };
    for (const fault of ["first", "later", "bits"] as const) {
      runs = 0;
      made.mockImplementation(async (memory, parts) => {
        const products = await create.call(RuntimeProducts, memory, parts);
        const run = async (x: number, rows: number, at: number): Promise<void> => {
          runs++;
          if (fault !== "bits" && runs > good[fault]) throw new Error("failed");
          await products.run(x, rows, at);
          const width = 8 * (parts[0]!.end - parts[0]!.first);
          if (fault === "bits") memory[at / 4 + 15 * width + 3]! += 1;
        };
        return { run } as unknown as RuntimeProducts;
      });
      expect(await step(3)).toEqual(expected);
      // Nobody asks again.
      expect(runs).toBe(fault === "later" ? 8 : 4);
    }
    made.mockRestore();
  });

  it("gives the runtime no part without columns where there are more threads than blocks of them", async () => {
    const made = vi.spyOn(RuntimeProducts, "create");
    const { config, weights } = setting({
      hiddenSize: 256,
      heads: 32,
      keyValueHeads: 1,
      layers: 1,
      contextLength: 128,
    });
    const logits: Float32Array[][] = [];
    for (const threads of [1, 2]) {
      const decoder = new Decoder(config, weights, { threads });
      open.push(decoder);
      const slot = slotOf(decoder, 128);
      const rows = Array.from({ length: 128 }, (_, position) => ({ token: position % 80, position, slot }));
      const step = await decoder.step(rows.map((row) => (row.position < 64 ? row : { ...row, temperature: 1 })));
      logits.push(step.map((one) => one.logits.slice()));
    }
    expect(logits[1]).toEqual(logits[0]);
    const parts = made.mock.calls.map(([, columns]) => columns.map(({ first, end }) => end - first));
    made.mockRestore();
    expect(parts).toContainEqual([16]);
    expect(parts.flat()).not.toContain(0);
  });

  it.each([0, 7])("ends with the error of the thread that failed, at row %i", async (bad) => {
    const { config, weights } = setting({});
    const decoder = new Decoder(config, weights, { threads: 2 });
    open.push(decoder);
    const slot = slotOf(decoder, 8);
    const beyond = { ...slot, at: 0xffff0000 };
    const rows = Array.from({ length: 8 }, (_, n) => ({ token: 1, position: n, slot: n === bad ? beyond : slot }));
    for (let n = 0; n < 2; n++) await expect(decoder.step(rows)).rejects.toThrow("memory access out of bounds");
  });

  it("says which models it does not take", () => {
    const open = (change: Partial<TransformerConfig>, without = ""): void => {
      const { config, weights } = setting(change);
      weights.delete(without);
      new Decoder(config, weights, { threads: 1 });
    };
    expect(() => open({ headSize: 4 })).toThrow(/head size 4/);
    expect(() => open({ hiddenSize: 18 })).toThrow(/hidden size 18/);
    expect(() => open({ tiedEmbeddings: false }, "lm_head.weight")).toThrow(/preference model/);
  });

  it("copies the beginning of a sequence, and gives room back", async () => {
    const { config, weights } = setting({});
    const decoder = new Decoder(config, weights, { threads: 1, cacheBytes: 100_000 });
    open.push(decoder);
    const sequence = tokens[0]!;
    const from = decoder.open(30)!;
    const whole = await decoder.step(
      sequence.map((token, position) => ({ token, position, slot: from, temperature: 1 })),
    );
    const expected = whole.map(({ logits }) => logits.slice());
    const to = decoder.open(50)!;
    decoder.copy(from, to, 20);
    const rest = await decoder.step(
      sequence.slice(20).map((token, n) => ({ token, position: 20 + n, slot: to, temperature: 1 })),
    );
    expect(rest.map(({ logits }) => logits.slice())).toEqual(expected.slice(20));
    decoder.close(from);
    decoder.close(to);
    const slots: unknown[] = [];
    for (let slot = decoder.open(30); slot !== undefined; slot = decoder.open(30)) slots.push(slot);
    expect(slots).toHaveLength(Math.floor(100_000 / decoder.slotBytes(30)));
  });
});
