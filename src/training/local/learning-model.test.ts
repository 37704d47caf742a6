import { expect, it } from "vitest";
import { learningModel } from "./learning-model.ts";
import { temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";

it.each([{}, { lora: { rank: 2 } }])(
  "continues with the parameters in the order of the start, whatever order they were saved in (%j)",
  async (kind) => {
    const [initial, output] = [await tinyCheckpoint(), await temporaryFolder()];
    const job = {
      objective: "sft",
      examples: [],
      epochs: 1,
      learningRate: 1,
      seed: 1,
      initial,
      output,
      ...kind,
    } as const;
    const start = await learningModel(job, undefined);
    const learning = start.adapter?.weights ?? start.weights;
    const weights = new Map([...learning].reverse());
    const rest = {
      step: 1,
      optimizerSteps: 1,
      forwardTokens: 0,
      tokens: 1,
      metrics: {},
      checkpoints: [],
      moments: new Map(),
    };
    const again = await learningModel(job, { ...rest, weights, kept: undefined });
    const order = [...(again.adapter?.weights ?? again.weights).keys()];
    expect(order).toEqual([...learning.keys()]);
    expect(order).not.toEqual([...weights.keys()]);
  },
);
