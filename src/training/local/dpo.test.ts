import { describe, expect, it } from "vitest";
import type { DpoJob, PreferenceExample } from "../trainer.ts";
import { trainDpo } from "./dpo.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";

const colours = ["red", "green", "blue"];
/** "yes COLOUR" is better than "no" with P = 0.9, written in either order. */
const comparisons = Array.from({ length: 24 }, (_, i): PreferenceExample => {
  const good = `yes ${colours[i % 3]} .`;
  const bad = i % 2 === 0 ? "no ." : "not one two .";
  const isFirst = i % 4 < 2;
  return {
    id: `c${i}`,
    prompt: `<user> say ${colours[i % 3]} <asst>`,
    responses: isFirst ? [good, bad] : [bad, good],
    label: isFirst ? 0.9 : 0.1,
    source: i % 2 === 0 ? "harmlessness" : "helpfulness",
  };
});

async function jobIn(initial: string, rest: Partial<DpoJob> = {}): Promise<DpoJob> {
  return {
    objective: "dpo",
    initial,
    output: await temporaryFolder(),
    seed: 5,
    comparisons: comparisons.slice(0, 18),
    heldOut: comparisons.slice(18),
    epochs: 8,
    learningRate: 0.01,
    batch: 4,
    length: 48,
    ...rest,
  };
}

describe("trainDpo", () => {
  it("starts at ln 2 with no margin, then prefers the better answer on pairs it has not seen", async () => {
    const { result, steps } = await finish(trainDpo(await jobIn(await tinyCheckpoint())));
    const first = steps[0]?.metrics ?? {};
    expect(first["loss"]).toBeCloseTo(Math.LN2, 5);
    expect(first["rewards/margins"]).toBeCloseTo(0, 5);
    const last = steps.at(-1)?.metrics ?? {};
    expect(last["loss"]).toBeLessThan(0.5);
    expect(last["rewards/accuracies"]).toBe(1);
    expect(last["rewards/chosen"]).toBeGreaterThan(last["rewards/rejected"] ?? Number.NaN);
    expect(result.metrics["held_out/accuracy"]).toBe(1);
    // The entropy of the soft labels is the least that the loss can be.
    expect(last["loss"]).toBeGreaterThan(-0.9 * Math.log(0.9) - 0.1 * Math.log(0.1));
  });

  it.each(["ipo", "robust"] as const)("learns in the variant %s too", async (variant) => {
    const job = await jobIn(await tinyCheckpoint(), { variant, labelSmoothing: variant === "robust" ? 0.1 : 0 });
    const { result } = await finish(trainDpo(job));
    expect(result.metrics["held_out/accuracy"]).toBe(1);
  });

  it("keeps the chosen answers likelier with an NLL term, and refuses a weight below 0", async () => {
    const initial = await tinyCheckpoint();
    const chosen = async (nllWeight: number): Promise<Record<string, number>> => {
      const { steps } = await finish(trainDpo(await jobIn(initial, { nllWeight })));
      return steps.at(-1)?.metrics ?? {};
    };
    const [without, with_] = [await chosen(0), await chosen(1)];
    expect(with_["logps/chosen"]).toBeGreaterThan(without["logps/chosen"] ?? Number.NaN);
    expect(with_["loss"]).toBeCloseTo((with_["loss/dpo"] ?? Number.NaN) + (with_["loss/nll"] ?? Number.NaN), 5);
    expect(without).not.toHaveProperty("loss/nll");
    await expect(finish(trainDpo(await jobIn(initial, { nllWeight: -1 })))).rejects.toThrow("nllWeight -1");
  });

  it("learns the same from pairs that are turned round", async () => {
    const initial = await tinyCheckpoint();
    const turned = comparisons.map(
      ({ responses: [a, b], label, ...rest }): PreferenceExample => ({ ...rest, responses: [b, a], label: 1 - label }),
    );
    const lossesOf = async (pairs: readonly PreferenceExample[]): Promise<number[]> => {
      const { steps } = await finish(trainDpo(await jobIn(initial, { epochs: 2, comparisons: pairs.slice(0, 18) })));
      return steps.map(({ metrics }) => metrics["loss"] ?? Number.NaN);
    };
    const losses = await lossesOf(comparisons);
    expect(await lossesOf(turned)).toEqual(losses.map((loss) => expect.closeTo(loss, 4)));
  });

  it.each([false, true])("ends with the same bytes when it is interrupted and continued (LoRA: %s)", async (isLora) => {
    const initial = await tinyCheckpoint();
    const settings = { epochs: 3, stateEvery: 2, ...(isLora ? { lora: { rank: 2, dropout: 0.1 } } : {}) };
    const whole = await finish(trainDpo(await jobIn(initial, settings)));
    const controller = new AbortController();
    const job = await jobIn(initial, settings);
    await interrupt(trainDpo({ ...job, signal: controller.signal }), 3, controller);
    const rest = await finish(trainDpo(job));
    expect(rest.steps[0]?.step).toBe(3);
    expect(rest.result.hash).toBe(whole.result.hash);
    expect(rest.result.metrics).toEqual(whole.result.metrics);
    expect((await finish(trainDpo(job))).steps).toEqual([]);
  });

  it("measures against another reference when told", async () => {
    const job = await jobIn(await tinyCheckpoint(1), { epochs: 1, reference: await tinyCheckpoint(2) });
    const { steps } = await finish(trainDpo(job));
    expect(Math.abs((steps[0]?.metrics["loss"] ?? Math.LN2) - Math.LN2)).toBeGreaterThan(1e-4);
  });

  it("refuses settings and labels that mean nothing, and names rows that do not fit", async () => {
    const initial = await tinyCheckpoint();
    const refuse = async (rest: Partial<DpoJob>, message: string): Promise<void> =>
      await expect(finish(trainDpo(await jobIn(initial, rest)))).rejects.toThrow(message);
    await refuse({ beta: 0 }, "beta 0");
    await refuse({ labelSmoothing: 0.5 }, "labelSmoothing 0.5");
    await refuse({ comparisons: [] }, "no comparisons");
    const [pair] = comparisons as [PreferenceExample];
    await refuse({ comparisons: [{ ...pair, label: 2 }] }, "the label 2 of comparison c0");
    const long = { ...pair, id: "long", prompt: "red ".repeat(80).trim() };
    await refuse({ comparisons: [pair, long] }, "1 of 2 examples too long: long (84 tokens)");
    const { result } = await finish(
      trainDpo(await jobIn(initial, { comparisons: [pair, long], epochs: 1, tooLong: "skip" })),
    );
    expect(result.steps).toBe(1);
  });
});
