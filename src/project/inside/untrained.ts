import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  ActivationStore,
  type Dictionary,
  Encoder,
  learnDictionary,
  writeActivations,
} from "../../interpretability/index.ts";
import type { Progress } from "../../progress/index.ts";
import { rng } from "../../rng.ts";
import { initialWeights, Transformer } from "../../transformer/index.ts";
import type { OpenedFeatures } from "./open-features.ts";
import { textsFor } from "./texts.ts";
import { shardRows } from "./train-features.ts";

/** A network with random weights, and a dictionary of it. */
export interface Untrained {
  readonly model: Transformer;
  readonly dictionary: Dictionary;
  readonly encoder: Encoder;
  dispose(): Promise<void>;
}

interface UntrainedJob {
  /** Of the dictionary's first numbers. Default: that of the dictionary that it is a control of. */
  readonly dictionarySeed?: number | undefined;
  readonly textFile?: string | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** The control: the recipe of a dictionary on the same texts of a network that learned nothing. */
export async function learnUntrained(
  { place, site, rebuiltSite, meta, folder, dictionary: trained }: OpenedFeatures,
  { dictionarySeed, textFile, progress, signal }: UntrainedJob,
): Promise<Untrained> {
  const { config, tokenizer } = place.model;
  const { kind, k, l1, seed, rows, steps, batch, learningRate } = meta.precept;
  const weights = initialWeights(config, rng(seed, "untrained"));
  const model = await Transformer.create({ config, tokenizer, weights });
  const own = join(folder, "untrained");
  const stored = join(own, "activations");
  try {
    const { name: textsName, textAt } = await textsFor(place, textFile, seed);
    await writeActivations({
      ...{ folder: stored, models: [{ hash: `untrained, seed ${seed}`, model }], textAt, textsName, rows },
      ...{ sites: [...new Set([site, rebuiltSite])], rowsPerShard: shardRows({ rows, batch }), seed, progress, signal },
    });
    const options = { kind, size: trained.features, k, l1, steps, batch, learningRate, seed: dictionarySeed ?? seed };
    const store = new ActivationStore(stored);
    const { dictionary } = await learnDictionary({ folder: own, store, options, progress, signal });
    const encoder = await Encoder.create(dictionary);
    rmSync(own, { recursive: true });
    const dispose = async (): Promise<void> => {
      await model.dispose();
      await encoder.release();
    };
    return { model, dictionary, encoder, dispose };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
