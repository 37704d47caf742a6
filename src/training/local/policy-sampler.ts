import { isLarge, StoredSampler, type TrainingSession, Transformer, type Weights } from "../../transformer/index.ts";
import type { LearningModel } from "./learning-model.ts";
import type { Sampler } from "./rollouts.ts";
import { withoutScalarHead } from "./token-scorer.ts";

/** Samples from the policy as it learns. */
export interface PolicySampler extends Sampler {
  /** Call it when the policy has learned. */
  refresh(): Promise<void>;
  dispose(): Promise<void>;
}

/**
 * Reads the parameters where the session learns them, an adapter unmerged. Only a small model that learns whole is sampled
 * from a copy, in graphs made anew each round: there that is a quarter faster, and harbor's runs repeat its rounding.
 * The session must be in a `modelWorker`.
 */
export async function policySampler(model: LearningModel, session: TrainingSession): Promise<PolicySampler> {
  if (model.adapter !== undefined || isLarge(model.weights)) {
    const sampler = await StoredSampler.over(session.store, model);
    const nothing = async (): Promise<void> => undefined;
    return { generate: (...call) => sampler.generate(...call), refresh: nothing, dispose: nothing };
  }
  const readLearned = async (): Promise<Weights> => withoutScalarHead(await session.learnedWeights());
  const { config, tokenizer } = model;
  const sampler = await Transformer.create({ config, tokenizer, weights: await readLearned() });
  return {
    generate: (...call) => sampler.generate(...call),
    refresh: async () => sampler.updateWeights(await readLearned()),
    dispose: () => sampler.dispose(),
  };
}
