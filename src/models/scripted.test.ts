import { describe, expect, it } from "vitest";
import { PreceptError } from "../errors.ts";
import { promptText, scriptedModel } from "./index.ts";

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("scriptedModel", () => {
  const model = scriptedModel({
    generate: ({ prompt }) => `you said ${promptText(prompt)} . bye`,
    choose: ({ options }) => options.map((_, index) => index + 1),
  });

  it("answers by function, up to stop strings and maxTokens", async () => {
    const request = { id: "a", prompt: "hello", seed: 1 };
    const [whole] = await collect(model.generate([request], { maxTokens: 10 }));
    expect(whole).toMatchObject({
      text: "you said hello . bye",
      finishReason: "stop",
      usage: { promptTokens: 1, completionTokens: 5 },
    });
    const [cut] = await collect(model.generate([request], { maxTokens: 10, stop: [".", "hello"] }));
    expect(cut).toMatchObject({ text: "you said", finishReason: "stop" });
    const [long] = await collect(model.generate([request], { maxTokens: 3 }));
    expect(long).toMatchObject({ text: "you said hello", finishReason: "length" });
    expect(model.calls).toHaveLength(3);
  });

  it("normalises weights, and says what its script lacks", async () => {
    const [choice] = await collect(
      model.choose([{ id: "a", prompt: [{ role: "user", content: "x" }], options: ["A", "B"], seed: 1 }]),
    );
    expect(choice?.probabilities).toEqual([1 / 3, 2 / 3]);
    await expect(collect(model.score([{ id: "a", prompt: "x", continuation: "y" }]))).rejects.toThrow(PreceptError);
    const broken = scriptedModel({ choose: () => [0, 0] });
    await expect(collect(broken.choose([{ id: "a", prompt: "x", options: ["A", "B"], seed: 1 }]))).rejects.toThrow(
      /not all 0/,
    );
  });

  it("stops when cancelled", async () => {
    const signal = AbortSignal.abort();
    const error = await collect(model.generate([{ id: "a", prompt: "x", seed: 1 }], { maxTokens: 1, signal })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "interrupted" });
  });
});
