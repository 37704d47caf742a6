import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import type { PreferenceExample, PreferenceModelJob } from "../trainer.ts";
import { trainPreferenceModel } from "./preference-model.ts";
import { preferenceScores } from "./preference-scorer.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";

const random = rng(11);
const good = ["yes please .", "yes .", "yes red please", "yes blue ."];
const bad = ["no .", "not no please", "no red .", "no blue"];
const pairOf = (i: number): PreferenceExample => {
  const responses = [random.pick(good), random.pick(bad)] as const;
  const turned = random.next() < 0.5;
  return {
    id: `c${i}`,
    prompt: `<user> say ${random.pick(["red", "green", "blue"])} <asst>`,
    responses: turned ? [responses[1], responses[0]] : responses,
    label: turned ? 0.1 : 0.9,
    source: i % 3 === 0 ? "helpfulness" : "harmlessness",
  };
};
const comparisons = Array.from({ length: 60 }, (_, i) => pairOf(i));
const turn = (pair: PreferenceExample): PreferenceExample => ({ ...pair, label: 1 - pair.label });
const heldOut = Array.from({ length: 20 }, (_, i) => pairOf(1000 + i));

async function jobIn(initial: string, rest: Partial<PreferenceModelJob> = {}): Promise<PreferenceModelJob> {
  const output = await temporaryFolder();
  return {
    objective: "preference-model",
    initial,
    output,
    seed: 5,
    comparisons,
    heldOut,
    epochs: 8,
    learningRate: 0.01,
    batch: 4,
    length: 32,
    ...rest,
  };
}

describe("trainPreferenceModel", () => {
  it("starts at ln 2, learns to judge held-out pairs, and approaches the entropy of the soft labels from above", async () => {
    const { result, steps } = await finish(trainPreferenceModel(await jobIn(await tinyCheckpoint())));
    expect(steps[0]?.metrics["loss"]).toBeCloseTo(Math.LN2, 5);
    const floor = -(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1));
    expect(result.metrics["held_out/accuracy"]).toBe(1);
    expect(result.metrics["held_out/loss"]).toBeGreaterThan(floor);
    expect(result.metrics["held_out/loss"]).toBeLessThan(floor + 0.1);
    expect(result.metrics["held_out/margin"]).toBeGreaterThan(1);
  });

  it("scores without regard to what is scored beside it, and to the end token being written or not", async () => {
    const { result } = await finish(trainPreferenceModel(await jobIn(await tinyCheckpoint(), { epochs: 2 })));
    const model = await preferenceScores(result.checkpoint);
    try {
      const items = [...good, ...bad].map((response) => ({ prompt: "<user> say red <asst>", response }));
      const scores = await model.score(items);
      expect(Math.min(...scores.slice(0, 4))).toBeGreaterThan(Math.max(...scores.slice(4)));
      const reversed = await model.score([...items].reverse());
      for (const [i, score] of [...reversed].reverse().entries()) expect(score).toBeCloseTo(scores[i] ?? 0, 5);
      const [ended] = await model.score([{ prompt: "<user> say red <asst>", response: "yes please . <end>" }]);
      expect(ended).toBeCloseTo(scores[0] ?? 0, 5);
      const long = await model.score([...items, { prompt: "red ".repeat(50), response: "no" }]);
      for (const [i, score] of scores.entries()) expect(long[i]).toBeCloseTo(score, 5);
    } finally {
      await model.dispose();
    }
  });

  it("ends with the same bytes when it is interrupted and continued", async () => {
    const initial = await tinyCheckpoint();
    const whole = await finish(trainPreferenceModel(await jobIn(initial, { epochs: 2, stateEvery: 2 })));
    const controller = new AbortController();
    const job = await jobIn(initial, { epochs: 2, stateEvery: 2 });
    await interrupt(trainPreferenceModel({ ...job, signal: controller.signal }), 5, controller);
    const rest = await finish(trainPreferenceModel(job));
    expect(rest.steps[0]?.step).toBe(5);
    expect(rest.result.hash).toBe(whole.result.hash);
    expect(rest.result.metrics).toEqual(whole.result.metrics);
  });

  it("keeps the best epoch: the untrained model when the labels teach nothing, a late one when they do", async () => {
    const initial = await tinyCheckpoint();
    const dealt = comparisons.map((pair, i) => ({ ...pair, label: i % 2 === 0 ? 0.9 : 0.1 }));
    const nothing = await finish(
      trainPreferenceModel(await jobIn(initial, { comparisons: dealt, keep: "best", heldOut: dealt.map(turn) })),
    );
    expect(nothing.result.metrics).toMatchObject({ "kept/step": 0, "held_out/loss": expect.closeTo(Math.LN2, 6) });
    const model = await preferenceScores(nothing.result.checkpoint);
    expect(await model.score(good.map((response) => ({ prompt: "<user> say red <asst>", response })))).toEqual([
      0, 0, 0, 0,
    ]);
    await model.dispose();
    const something = await finish(trainPreferenceModel(await jobIn(initial, { epochs: 3, keep: "best" })));
    expect(something.result.metrics["kept/step"]).toBeGreaterThan(0);
    const losses = something.steps.flatMap(({ metrics }) => metrics["held_out/loss"] ?? []);
    expect(losses).toHaveLength(3);
    expect(something.result.metrics["held_out/loss"]).toBe(Math.min(...losses));
  });

  it("keeps no epoch that is below a blind guess by chance only", async () => {
    const initial = await tinyCheckpoint();
    const settings = { epochs: 1, learningRate: 1e-3, keep: "best" } as const;
    const chance = heldOut.map((pair, i) => (i < 12 ? pair : turn(pair)));
    const lucky = await finish(trainPreferenceModel(await jobIn(initial, { ...settings, heldOut: chance })));
    expect(lucky.steps.at(-1)?.metrics["held_out/loss"]).toBeLessThan(Math.LN2);
    expect(lucky.result.metrics["kept/step"]).toBe(0);
    const taught = await finish(trainPreferenceModel(await jobIn(initial, settings)));
    expect(taught.result.metrics["kept/step"]).toBeGreaterThan(0);
  });

  it("keeps the same epoch when it is interrupted and continued", async () => {
    const initial = await tinyCheckpoint();
    const settings = { epochs: 3, stateEvery: 2, keep: "best" } as const;
    const whole = await finish(trainPreferenceModel(await jobIn(initial, settings)));
    const controller = new AbortController();
    const job = await jobIn(initial, settings);
    await interrupt(trainPreferenceModel({ ...job, signal: controller.signal }), 7, controller);
    const rest = await finish(trainPreferenceModel(job));
    expect(rest.result.hash).toBe(whole.result.hash);
    expect(rest.result.metrics).toEqual(whole.result.metrics);
  });

  it("obeys the loss weight of a source: with helpfulness at 0, its turned labels change nothing", async () => {
    const initial = await tinyCheckpoint();
    const lossWeights = { harmlessness: 1, helpfulness: 0 };
    const turned = comparisons.map((pair) => (pair.source === "helpfulness" ? turn(pair) : pair));
    const plain = await finish(trainPreferenceModel(await jobIn(initial, { epochs: 1, lossWeights })));
    const other = await finish(
      trainPreferenceModel(await jobIn(initial, { epochs: 1, lossWeights, comparisons: turned })),
    );
    expect(other.result.hash).toBe(plain.result.hash);
    const heard = await finish(trainPreferenceModel(await jobIn(initial, { epochs: 1, comparisons: turned })));
    expect(heard.result.hash).not.toBe(plain.result.hash);
  });

  it("refuses labels that are no probabilities, and an initial checkpoint as a preference model", async () => {
    const initial = await tinyCheckpoint();
    const broken = [{ ...(comparisons[0] as PreferenceExample), label: 1.5 }];
    await expect(finish(trainPreferenceModel(await jobIn(initial, { comparisons: broken })))).rejects.toThrow(
      "the label 1.5 of comparison c0",
    );
    await expect(preferenceScores(initial)).rejects.toThrow("no tensor score.weight");
  });
});

it("is trained where it is read, on the end token: what it says of a batch in training is what it scores", async () => {
  const learned = await finish(trainPreferenceModel(await jobIn(await tinyCheckpoint(), { epochs: 2 })));
  const same = comparisons.slice(0, 4);
  // One batch, and steps too small to move anything.
  const rest = { comparisons: same, heldOut: same, epochs: 1, batch: 8, learningRate: 1e-12 };
  const { result, steps } = await finish(trainPreferenceModel(await jobIn(learned.result.checkpoint, rest)));
  expect(steps[0]?.metrics["loss"]).not.toBeCloseTo(Math.LN2, 2);
  expect(steps[0]?.metrics["loss"]).toBeCloseTo(result.metrics["held_out/loss"] ?? 0, 4);
});
