import { z } from "zod";
import { findSubjects } from "../../../src/evaluation/index.ts";
import type { LanguageModel, ScoreRequest } from "../../../src/language-model.ts";
import { isEstimate, measuredSchema as measureSchema } from "../../../src/statistics/index.ts";
import type { Measured } from "./measured.ts";
import { callPrecept } from "./precept.ts";

export interface CapabilityOptions {
  readonly root: string;
  readonly data: string;
  /** Harmless requests with the answers that people wrote, none of them trained on. */
  readonly texts: readonly { readonly id: string; readonly prompt: string; readonly answer: string }[];
  /** Questions of TruthfulQA. */
  readonly items: number;
}

const suitesSchema = z.looseObject({
  suites: z.array(z.looseObject({ subject: z.string(), metrics: z.looseObject({ mc1: measureSchema }) })),
});

/** What training cost in other respects: TruthfulQA's multiple choice, and the loss on what people answered, checkpoint by checkpoint. */
export async function measureCapability(
  run: string,
  { root, data, texts, items }: CapabilityOptions,
): Promise<Measured["capability"]> {
  const args = ["--suite", "truthfulqa", "--data", data, "--items", String(items), "--json"];
  const { suites } = suitesSchema.parse(JSON.parse(await callPrecept(root, ["evaluate", run, ...args])));
  const { subjects } = await findSubjects(run);
  const measured: [string, NonNullable<Measured["capability"]>[string]][] = [];
  for (const { name, open } of subjects) {
    const mc1 = suites.find(({ subject }) => subject === name)?.metrics.mc1;
    const model = await open();
    try {
      const { nats, tokens } = await scoreTexts(model, texts);
      const truthfulqa = isEstimate(mc1) ? { right: Math.round(mc1.estimate * mc1.n), n: mc1.n } : { right: 0, n: 0 };
      measured.push([name, { truthfulqa, loss: { nats, tokens } }]);
    } finally {
      await model.dispose?.();
    }
  }
  return Object.fromEntries(measured);
}

/** Minus the log-likelihood of all answers, and their tokens. */
export async function scoreTexts(
  model: Pick<LanguageModel, "score">,
  texts: CapabilityOptions["texts"],
): Promise<{ readonly nats: number; readonly tokens: number }> {
  const requests = texts.map(
    ({ id, prompt, answer }): ScoreRequest => ({
      id,
      prompt: [{ role: "user", content: prompt }],
      continuation: answer,
    }),
  );
  let [nats, tokens] = [0, 0];
  for await (const { logprobs } of model.score(requests)) {
    for (const logprob of logprobs) nats -= logprob;
    tokens += logprobs.length;
  }
  return { nats, tokens };
}
