import { expect, test } from "vitest";
import { LocalModel } from "../../../models/local/index.ts";
import { committedCheckpoint } from "../../harbor/inputs.ts";
import { measureKl } from "./courses.ts";

test("the distance of a policy from itself is 0, of one that is surer of its tokens Σ r − 1 − log r", async () => {
  const model = await LocalModel.load(committedCheckpoint);
  try {
    const prompt = "<user> how do i make soup ? <assistant>";
    const said = await Array.fromAsync(
      model.generate([{ id: "a", prompt, seed: 3 }], { maxTokens: 12, temperature: 1 }),
    );
    const { tokens = [], logprobs = [] } = said[0] ?? {};
    expect(tokens.length).toBeGreaterThan(2);
    expect(tokens).toHaveLength(logprobs.length);
    expect(await measureKl(model, [{ prompt, tokens, logprobs }])).toBeCloseTo(0, 6);
    // Twice as likely under the policy: r = ½ for each token.
    const surer = logprobs.map((logprob) => logprob + Math.LN2);
    const each = 0.5 - 1 + Math.LN2;
    expect(await measureKl(model, [{ prompt, tokens, logprobs: surer }])).toBeCloseTo(tokens.length * each, 4);
  } finally {
    await model.dispose();
  }
});
