import { describe, expect, it } from "vitest";
import { rng } from "../../rng.ts";
import { loadCheckpoint, SCALAR_HEAD, Transformer } from "../../transformer/index.ts";
import type { HeadExample, TokenHeadsJob } from "../trainer.ts";
import { preferenceScores } from "./preference-scorer.ts";
import { finish, interrupt, temporaryFolder, tinyCheckpoint } from "./tiny.test-support.ts";
import { trainTokenHeads } from "./token-heads.ts";

/** Head 0: "no" stands in the response. Head 1: "blue" does; of every third response nobody said. */
const exampleOf = (i: number): HeadExample => {
  const random = rng(3, i);
  const filler = Array.from({ length: 2 + random.integer(4) }, () =>
    random.pick(["yes", "please", "red", "one", "two"]),
  );
  const [hasNo, hasBlue] = [random.next() < 0.5, random.next() < 0.3];
  const place = random.integer(filler.length);
  filler.splice(place, 0, ...(hasNo ? ["no"] : []), ...(hasBlue ? ["blue"] : []));
  const labels = [hasNo ? 1 : 0, i % 3 === 0 ? null : hasBlue ? 1 : 0];
  return { id: `r${i}`, prompt: "<user> say red <asst>", response: filler.join(" "), labels };
};
const examples = Array.from({ length: 120 }, (_, i) => exampleOf(i));

async function jobIn(initial: string, rest: Partial<TokenHeadsJob> = {}): Promise<TokenHeadsJob> {
  const output = await temporaryFolder();
  const settings = { epochs: 10, learningRate: 0.01, batch: 8, length: 32, window: 1 };
  return { objective: "token-heads", initial, output, seed: 5, examples, heads: 2, ...settings, ...rest };
}

/** Greatest logit of each head over a response's tokens. */
async function peaks(model: Transformer, response: string): Promise<number[]> {
  const before = model.tokenizer.encode("<user> say red <asst>");
  const tokens = [...before, ...model.tokenizer.encode(response)];
  const [logits = new Float32Array()] = await model.heads([tokens], { from: [before.length] });
  expect(logits.length).toBe(2 * (tokens.length - before.length));
  return [0, 1].map((head) => Math.max(...logits.filter((_, i) => i % 2 === head)));
}

describe("trainTokenHeads", () => {
  it("starts at ln 2, and learns for each head from labels of whole responses which tokens show it", async () => {
    const { result, steps } = await finish(trainTokenHeads(await jobIn(await tinyCheckpoint())));
    expect(steps[0]?.metrics["loss"]).toBeCloseTo(Math.LN2, 5);
    const model = await Transformer.load(result.checkpoint);
    try {
      expect(model.headCount).toBe(2);
      const cases = [
        ["please no one two", [true, false]],
        ["red blue please", [false, true]],
        ["yes no blue", [true, true]],
        ["two one yes", [false, false]],
      ] as const;
      for (const [response, broken] of cases) {
        expect(
          (await peaks(model, response)).map((z) => z > 0),
          response,
        ).toEqual(broken);
      }
      // Before the word, nothing shows yet.
      expect((await peaks(model, "please"))[0]).toBeLessThan(0);
    } finally {
      await model.dispose();
    }
    await expect(preferenceScores(result.checkpoint)).rejects.toMatchObject({ code: "checkpoint-invalid" });
  });

  it("learns as a value head what the whole will be, at every token: once the word is there, all that follow say so", async () => {
    const job = await jobIn(await tinyCheckpoint(), { form: "every-token" });
    const { result, steps } = await finish(trainTokenHeads(job));
    expect(steps[0]?.metrics["loss"]).toBeCloseTo(Math.LN2, 5);
    const model = await Transformer.load(result.checkpoint);
    try {
      const before = model.tokenizer.encode("<user> say red <asst>");
      const sayings = async (response: string): Promise<boolean[]> => {
        const tokens = [...before, ...model.tokenizer.encode(response)];
        const [logits = new Float32Array()] = await model.heads([tokens], { from: [before.length] });
        return [...logits.filter((_, i) => i % 2 === 0)].map((z) => z > 0);
      };
      expect((await sayings("yes no one two please")).slice(1)).toEqual([true, true, true, true]);
      expect((await sayings("yes one two please")).slice(1)).toEqual([false, false, false]);
    } finally {
      await model.dispose();
    }
  });

  it("continues after an interruption to the same bytes", async () => {
    const initial = await tinyCheckpoint();
    const whole = await finish(trainTokenHeads(await jobIn(initial, { epochs: 2 })));
    const controller = new AbortController();
    const job = await jobIn(initial, { epochs: 2, stateEvery: 2, signal: controller.signal });
    const seen = await interrupt(trainTokenHeads(job), 5, controller);
    expect(seen).toBeLessThan(whole.steps.length);
    const rest = await finish(trainTokenHeads({ ...job, signal: undefined }));
    expect(rest.result.hash).toBe(whole.result.hash);
    expect((await loadCheckpoint(rest.result.checkpoint)).weights.get(SCALAR_HEAD)?.shape).toEqual([2, 16]);
  });

  it("refuses a job without responses", async () => {
    const job = await jobIn(await tinyCheckpoint(), { examples: [] });
    await expect(finish(trainTokenHeads(job))).rejects.toThrow(/no labelled responses/);
  });
});
