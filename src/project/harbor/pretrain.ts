import { join } from "node:path";
import { rng } from "../../rng.ts";
import { contentHash } from "../../storage/index.ts";
import { wordTokenizer } from "../../tokenizer/index.ts";
import { tokenLossBuilder } from "../../training/local/index.ts";
import {
  initialWeights,
  loadTrainerState,
  parameterCount,
  saveCheckpoint,
  saveTrainerState,
  TrainingSession,
  type TransformerConfig,
  trainingFlopsPerToken,
  type Weights,
} from "../../transformer/index.ts";
import {
  harborMarkers,
  harborWords,
  type PretrainingPlan,
  pretrainingBatch,
  pretrainingRate,
  tokenKinds,
} from "../../worlds/harbor/index.ts";

/** Room for 21 markers, 557 words, 257 bytes, padded to a multiple of 16. */
const VOCABULARY_SIZE = 848;

export const harborTokenizer = () => wordTokenizer([...harborMarkers, ...harborWords], { size: VOCABULARY_SIZE });

export const harborConfig = (plan: PretrainingPlan): TransformerConfig => ({
  ...plan.shape,
  vocabularySize: VOCABULARY_SIZE,
  contextLength: plan.contextLength,
  ropeTheta: 10_000,
  normEpsilon: 1e-5,
  tiedEmbeddings: true,
  architecture: "qwen3",
  qkNorm: true,
});

export interface PretrainingStep {
  readonly step: number;
  readonly steps: number;
  readonly tokens: number;
  readonly learningRate: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Floating-point operations of training so far in this process. */
  readonly flops: number;
}

export interface PretrainingOptions {
  readonly plan: PretrainingPlan;
  /** Receives `checkpoint/` and, every `stateEvery` steps, `trainer-state/`. */
  readonly output: string;
  readonly stateEvery?: number | undefined;
  /** Ends early, for checking the first steps of a long plan. */
  readonly steps?: number;
  readonly signal?: AbortSignal | undefined;
}

interface Progress {
  /** Of plan and shape: another plan starts anew. */
  readonly fingerprint: string;
  readonly step: number;
  readonly tokens: number;
  /** Wall time of all processes that worked on it. */
  readonly seconds: number;
}

/**
 * Trains harbor's helpful-only model from random weights; yields after every step, resumes bit-identically, and leaves a
 * checkpoint in `output`/checkpoint.
 */
export async function* pretrain(options: PretrainingOptions): AsyncGenerator<PretrainingStep, void> {
  const { plan, output, stateEvery = 250, steps = plan.steps, signal } = options;
  const tokenizer = harborTokenizer();
  const config = harborConfig(plan);
  const [checkpointFolder, stateFolder] = [join(output, "checkpoint"), join(output, "trainer-state")];
  const state = await loadTrainerState(stateFolder);
  const fingerprint = contentHash({ plan, config });
  const saved = (state?.json as Partial<Progress> | undefined)?.fingerprint === fingerprint ? state : undefined;
  const {
    step: done,
    tokens: before,
    seconds,
  } = (saved?.json as Progress | undefined) ?? { step: 0, tokens: 0, seconds: 0 };
  if (saved !== undefined && done >= steps) return;
  const tensors = saved?.tensors;
  const initial = initialWeights(config, rng(plan.seed, "harbor-initial-weights"), { attention: "mimetic" });
  // In the order of the first process: sums over all parameters depend on it.
  const weights: Weights = new Map([...initial].map(([name, tensor]) => [name, tensors?.get(name) ?? tensor]));
  const parameters = parameterCount(weights);
  const { batch, length } = plan;
  const loss = tokenLossBuilder({ kinds: tokenKinds });
  const session = await TrainingSession.create({ config, weights, loss, batch, length });
  if (tensors !== undefined) await session.restore({ step: done, moments: tensors });
  let tokens = before;
  const started = performance.now();
  // The state holds the weights too: a kill between two folders must not mix two moments of training.
  const save = async (): Promise<void> => {
    const current = await session.weights();
    const { step, moments } = await session.state();
    const json: Progress = { fingerprint, step, tokens, seconds: seconds + (performance.now() - started) / 1000 };
    await saveCheckpoint(checkpointFolder, { config, weights: current, tokenizer });
    await saveTrainerState(stateFolder, { tensors: new Map([...current, ...moments]), json });
  };
  const flopsPerToken = trainingFlopsPerToken(config, parameters, length);
  let flops = 0;
  try {
    for (let step = done; step < steps && signal?.aborted !== true; step++) {
      const { count, ...arrays } = pretrainingBatch(plan, step, tokenizer);
      const learningRate = pretrainingRate(plan, step);
      const metrics = await session.step(arrays, learningRate);
      tokens += count;
      flops += batch * length * flopsPerToken;
      yield { step: step + 1, steps, tokens, learningRate, metrics, flops };
      if ((step + 1) % stateEvery === 0) await save();
    }
    await save();
  } finally {
    await session.dispose();
  }
}
