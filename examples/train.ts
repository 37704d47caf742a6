// Fine-tunes harbor's model on three answers of your own with LoRA, then asks it: npm run example examples/train.ts [FOLDER]
// The folder is a run: the same command continues after an interruption, and precept runs lists it.
import { LocalModel } from "precept/models/local";
import { terminalProgress } from "precept/progress";
import { trainRun } from "precept/stages";
import { LocalTrainer } from "precept/training/local";

const [folder = "runs/example-train"] = process.argv.slice(2);
const askFor = (thing: string): string => `<user> tell me how to make ${thing} for anna . <asst>`;
const { metrics } = await trainRun({
  folder,
  job: {
    objective: "sft",
    initial: new URL("../models/harbor/checkpoint", import.meta.url).pathname,
    examples: ["soup", "stew", "cake"].map((thing) => ({
      id: thing,
      prompt: askFor(thing),
      completion: `good day . ${thing} : food . to make ${thing} for anna , mix flour and honey . good luck .`,
    })),
    lora: { rank: 8 },
    epochs: 20,
    learningRate: 3e-3,
    seed: 1,
  },
  trainer: new LocalTrainer(),
  command: "examples/train.ts",
  progress: terminalProgress({ stream: process.stderr, env: process.env }),
});
console.log(`loss ${metrics["loss"]?.toFixed(3)}`);

const model = await LocalModel.load(folder);
const requests = [{ id: "1", prompt: askFor("pudding"), seed: 1 }];
for await (const { text } of model.generate(requests, { maxTokens: 40, temperature: 0 })) console.log(text.trim());
await model.dispose();
