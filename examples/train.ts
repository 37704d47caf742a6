// Fine-tunes harbor's model on three answers of your own with LoRA, then asks it: npm run example examples/train.ts [OUTPUT]
import { LocalModel } from "precept/models/local";
import type { SftJob } from "precept/training";
import { LocalTrainer } from "precept/training/local";

const [output = "runs/example-train"] = process.argv.slice(2);
const askFor = (thing: string): string => `<user> tell me how to make ${thing} for anna . <asst>`;
const job: SftJob = {
  objective: "sft",
  initial: new URL("../models/harbor/checkpoint", import.meta.url).pathname,
  output,
  examples: ["soup", "stew", "cake"].map((thing) => ({
    id: thing,
    prompt: askFor(thing),
    completion: `good day . ${thing} : food . to make ${thing} for anna , mix flour and honey . good luck .`,
  })),
  lora: { rank: 8 },
  epochs: 20,
  learningRate: 3e-3,
  seed: 1,
};
for await (const { step, steps, metrics } of new LocalTrainer().train(job)) {
  console.log(`step ${step} of ${steps}: loss ${metrics["loss"]?.toFixed(3)}`);
}

const model = await LocalModel.load(`${output}/checkpoint`);
const requests = [{ id: "1", prompt: askFor("pudding"), seed: 1 }];
for await (const { text } of model.generate(requests, { maxTokens: 40, temperature: 0 })) console.log(text.trim());
await model.dispose();
