/** A process that learns a dictionary of what lies in FOLDER/activations, to be killed: node …/learn-process.test-support.ts FOLDER */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeSafetensors } from "../../transformer/index.ts";
import { ActivationStore } from "../activations/store.ts";
import { learnDictionary } from "./learn.ts";
import type { DictionaryOptions } from "./options.ts";

const [folder = ""] = process.argv.slice(2);
const options: DictionaryOptions = {
  ...{ kind: "batch-topk", size: 64, k: 4, l1: 0, batch: 64, steps: 1500, learningRate: 0.003, seed: 1 },
};
const progress = {
  start: (_: string, __: string, total: number) => void process.stdout.write(`${total} steps to go\n`),
  advance: () => undefined,
  finish: () => undefined,
  message: () => undefined,
};
const store = new ActivationStore(join(folder, "activations"));
const { dictionary } = await learnDictionary({ folder, store, options, threads: 1, stateSeconds: 0.05, progress });
const tensors = (["encoder", "encoderBias", "decoder", "decoderBias", "thresholds"] as const).map(
  (name) => [name, { shape: [dictionary[name].length], data: dictionary[name] }] as const,
);
writeFileSync(join(folder, "learned.safetensors"), encodeSafetensors(new Map(tensors)));
