import type { Prompt } from "../language-model.ts";
import type { Reward } from "./rewards.ts";
import type { Schedule } from "./schedules.ts";
import type { StepForm } from "./steps.ts";

export type { CheckpointReward, MixedReward, ProcessReward, Reward, UrlReward } from "./rewards.ts";

/** What a trainer can optimise. */
export type Objective = TrainingJob["objective"];

/** An adapter instead of all weights (Hu et al. 2021); module names are PEFT's. */
export interface LoraOptions {
  readonly rank: number;
  /** The change is scaled by alpha / rank. Default 2 × rank. */
  readonly alpha?: number | undefined;
  /** Share of an adapter's inputs that a step leaves out, [0, 1). Default 0. */
  readonly dropout?: number | undefined;
  /** "q_proj", "up_proj", … Default: all linear layers. */
  readonly targetModules?: readonly string[];
  /** Scale by alpha / sqrt(rank) (Kalajdzievski 2023). Default false. */
  readonly rankStabilised?: boolean;
}

/** What every job says. The same job again, after an interruption, continues and ends with the same bytes. */
export interface TrainingJobBase {
  /** Checkpoint folder to start from. */
  readonly initial: string;
  /** Folder for `checkpoint/`, `trainer-state/` and, with `checkpointEvery`, `checkpoint-N/`; created when missing. */
  readonly output: string;
  /** Train an adapter over the frozen initial checkpoint; `checkpoint/` then holds it in PEFT's format. */
  readonly lora?: LoraOptions | undefined;
  readonly seed: number;
  /** Optimizer steps (with rollouts: rounds) between two saves of trainer-state. Default 50. */
  readonly stateEvery?: number | undefined;
  /** Keep `checkpoint-N` every so many steps (with rollouts: rounds), for looking at the way there. Default: none. */
  readonly checkpointEvery?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where the trainer's graphs are computed; default cpu. Another device rounds differently. */
  readonly device?: "cpu" | "webgpu" | "cuda" | "auto" | undefined;
  readonly learningRate: number;
  /** Shape of the learning rate over the job. Default differs by objective. */
  readonly schedule?: Schedule | undefined;
  /** Default 0: decay collapses small tied embeddings (docs/training.md). */
  readonly weightDecay?: number | undefined;
  /** Rows and tokens per row of one optimizer step, (B, T). Examples are packed into rows. */
  readonly batch?: number | undefined;
  readonly length?: number | undefined;
  /** What becomes of an example longer than a row or the context. Default "refuse". */
  readonly tooLong?: "refuse" | "skip";
}

/** One demonstration: the loss is on the completion and the end token only. */
export interface SftExample {
  readonly id: string;
  /** Text as the model sees it, or a dialogue that the checkpoint's chat format renders. */
  readonly prompt: Prompt;
  readonly completion: string;
  /** Weight of each of its tokens in the loss. Default 1. */
  readonly weight?: number | undefined;
  /** Whether the completion was cut at a limit: nothing is taught of how it ends. Default false. */
  readonly isCut?: boolean | undefined;
}

export interface SftJob extends TrainingJobBase {
  readonly objective: "sft";
  readonly examples: readonly SftExample[];
  readonly epochs: number;
  /** Scored before the first and after the last step, never trained on. */
  readonly heldOut?: readonly SftExample[] | undefined;
  /** Loss weight of prompt tokens. Default 0. */
  readonly promptWeight?: number;
}

/** One labelled pair. `label` is P(first is better) in [0, 1], soft by default. */
export interface PreferenceExample {
  readonly id: string;
  readonly prompt: Prompt;
  readonly responses: readonly [string, string];
  readonly label: number;
  readonly source: "harmlessness" | "helpfulness";
  /** Which of the responses were cut at a limit: DPO does not teach that they end there. Default: neither. */
  readonly isCut?: readonly [boolean, boolean] | undefined;
}

/** Loss weight of each source of comparisons. Default 1 and 1. */
export type LossWeights = Readonly<Record<"harmlessness" | "helpfulness", number>>;

export interface PreferenceModelJob extends TrainingJobBase {
  readonly objective: "preference-model";
  readonly comparisons: readonly PreferenceExample[];
  readonly epochs: number;
  /** Scored for accuracy and loss, never trained on. */
  readonly heldOut?: readonly PreferenceExample[] | undefined;
  /** "best": the epoch with the lowest held-out loss, if it beats a guess by two standard errors; else none (every score 0). Default "last". */
  readonly keep?: "best" | "last" | undefined;
  readonly lossWeights?: LossWeights;
}

/** Direct preference optimisation, Rafailov et al. 2023, on soft labels. */
export interface DpoJob extends TrainingJobBase {
  readonly objective: "dpo";
  readonly comparisons: readonly PreferenceExample[];
  readonly epochs: number;
  /** Scored before the first and after the last step, never trained on. */
  readonly heldOut?: readonly PreferenceExample[] | undefined;
  readonly lossWeights?: LossWeights;
  /** Checkpoint folder of the frozen model. Default: `initial`. */
  readonly reference?: string | undefined;
  /** Strength of the pull to the reference. Default 0.1. */
  readonly beta?: number | undefined;
  /** "sigmoid": the paper's; "ipo": Azar et al. 2023; "robust": Chowdhury et al. 2024. Default "sigmoid". */
  readonly variant?: "sigmoid" | "ipo" | "robust" | undefined;
  /** Share of labels taken to be wrong (conservative DPO, Mitchell 2023), below 1/2. Default 0. */
  readonly labelSmoothing?: number | undefined;
  /** Weight of −log π(chosen) a token beside the loss (Pang et al. 2024): the chosen answers stay likely. Default 0. */
  readonly nllWeight?: number | undefined;
}

/** A response, and P(breaks) of what each head stands for; null where nobody said. */
export interface HeadExample extends RolloutPrompt {
  readonly response: string;
  readonly labels: readonly (number | null)[];
}

/**
 * Scalar heads, read after every token: `smoothLogits` over `window` (default 4), `sequenceLogits` by `temperature`; or each token foretells
 * the whole; or, "end", read once, on the token that ends the response.
 */
export interface TokenHeadsJob extends TrainingJobBase {
  readonly objective: "token-heads";
  readonly examples: readonly HeadExample[];
  readonly heads: number;
  readonly epochs: number;
  readonly window?: number | undefined;
  readonly temperature?: number | undefined;
  readonly form?: "sequence" | "every-token" | "end" | undefined;
  /** Of "end": how responses fall into the steps whose ends are read; a reward by this head splits them in the same way. */
  readonly steps?: StepForm | undefined;
}

/** One sampled response with everything that scoring it needs. */
export interface Rollout {
  readonly id: string;
  readonly promptId: string;
  readonly prompt: Prompt;
  readonly response: string;
  /** Response tokens, the end token included when the model produced it. */
  readonly tokens: readonly number[];
  /** log pi(token | before) of the sampling policy, nats, one per token. */
  readonly logprobs: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** A rollout with the score that it got, and the reward that the policy learns from. */
export interface ScoredRollout extends Rollout {
  readonly score: number;
  readonly reward: number;
}

/** The run stops, with a reason, when a monitored mean over one step's rollouts leaves these bounds. */
export interface MonitorBounds {
  /** Sequence KL from the reference, nats. */
  readonly maxKlNats?: number | undefined;
  readonly minScore?: number | undefined;
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  /** Share of responses that carry the step's most repeated n-gram. */
  readonly maxBoilerplateRate?: number | undefined;
  /** Mean log-probability per token under the reference model: the stand-in for grammar. */
  readonly minReferenceLogprob?: number | undefined;
  /** Mean entropy of the policy's next-token distributions, nats: below it, sampling has collapsed. */
  readonly minEntropyNats?: number | undefined;
}

export interface RolloutPrompt {
  readonly id: string;
  readonly prompt: Prompt;
}

/** What all objectives over sampled responses say. */
export interface RolloutJobBase extends TrainingJobBase {
  readonly prompts: readonly RolloutPrompt[];
  /** Checkpoint folder of the frozen model of the KL term. Default: `initial`; an adapter's base then serves, without a copy. */
  readonly reference?: string | undefined;
  readonly reward: Reward;
  /** Rounds of sampling and optimisation. */
  readonly steps: number;
  readonly rolloutsPerStep: number;
  /** Responses to one prompt in a round. Default 4 (ppo with values: 1; grpo: 8). */
  readonly samplesPerPrompt?: number | undefined;
  /** Passes over each round's rollouts. Default: ppo 2, else 1. */
  readonly epochs?: number | undefined;
  /** Optimizer steps per pass, about: rollouts are packed, so that a batch (B, T) holds what it can. Default 2. */
  readonly minibatches?: number | undefined;
  /** Default 0.2. */
  readonly clipRange?: number | undefined;
  readonly klCoefficient: number;
  /**
   * A round's learning ends with the step that finds the policy this far from the one that sampled: KL(pi_old ‖ pi), nats a
   * token, over the step's minibatch and before its update. Default: all steps are taken.
   */
  readonly maxRoundKl?: number | undefined;
  /** Estimator of that KL. Default "k3". */
  readonly roundKlEstimator?: "k1" | "k2" | "k3" | undefined;
  readonly maxTokens: number;
  /** Default 1. Other values make the sampler differ from the policy that is optimised. */
  readonly temperature?: number | undefined;
  readonly monitors?: MonitorBounds;
}

/** Proximal policy optimisation, Schulman et al. 2017. */
export interface PpoJob extends RolloutJobBase {
  readonly objective: "ppo";
  /** "group": mean reward of the prompt's other samples (leave one out); "value": learned head with GAE. Default "group". */
  readonly baseline?: "group" | "value" | undefined;
  /** "reward": every token is charged for its divergence (the paper's); "loss": a k3 term beside the surrogate. Default "reward". */
  readonly klPlacement?: "reward" | "loss";
  /** Weight of the value loss. Default 0.1. */
  readonly valueCoefficient?: number;
  /** Divide advantages by their standard deviation over the round. Default true. */
  readonly whitenAdvantages?: boolean;
  /** Shift and scale the scores of each round to mean 0 and deviation 1 before the KL term. Default false. */
  readonly whitenScores?: boolean;
}

/** Group relative policy optimisation, Shao et al. 2024: advantages within a prompt's samples, KL in the loss. */
export interface GrpoJob extends RolloutJobBase {
  readonly objective: "grpo";
  /** Divide a group's advantages by its standard deviation. Default true; false with Dr. GRPO (Liu et al. 2025). */
  readonly scaleRewards?: boolean | undefined;
  /**
   * What a loss is a mean of: "response", tokens within each response, then responses (the paper's); "token", all tokens of a
   * batch (DAPO, Yu et al. 2025); "constant", tokens over responses × maxTokens (Dr. GRPO). Default "response".
   */
  readonly lossNormalisation?: "response" | "token" | "constant" | undefined;
  /** Upper clip range where it differs (DAPO's clip-higher). Default: `clipRange`. */
  readonly clipRangeHigh?: number | undefined;
  /** Estimator of the KL term in the loss. Default "k3". */
  readonly klEstimator?: "k1" | "k2" | "k3" | undefined;
}

/** REINFORCE leave-one-out, Ahmadian et al. 2024: whole responses as actions, KL in the reward. */
export interface RlooJob extends RolloutJobBase {
  readonly objective: "rloo";
  /** Divide advantages by their standard deviation over the round. Default false. */
  readonly whitenAdvantages?: boolean;
}

/** An objective over sampled responses. */
export type RolloutJob = PpoJob | GrpoJob | RlooJob;

/** Fine-tuning on the best of several own responses: rejection sampling (RAFT, Dong et al. 2023; RFT, Yuan et al. 2023). */
export interface RejectionSamplingJob extends TrainingJobBase {
  readonly objective: "rejection-sampling";
  readonly prompts: readonly RolloutPrompt[];
  readonly reward: Reward;
  /** Responses to one prompt. Default 8. */
  readonly samplesPerPrompt?: number | undefined;
  /** Responses of a prompt that are learned from, the best first, equal texts once. Default 1. */
  readonly keep?: number | undefined;
  /** Only responses with at least this reward. Default: any. */
  readonly minReward?: number | undefined;
  readonly maxTokens: number;
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** Passes over what is kept. */
  readonly epochs: number;
  readonly heldOut?: readonly SftExample[] | undefined;
}

export type TrainingJob = SftJob | PreferenceModelJob | DpoJob | TokenHeadsJob | RolloutJob | RejectionSamplingJob;

export interface TrainingProgress {
  /** 1-based, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /**
   * Tokens that went through a model so far, padding excluded: prompts and responses as they are sampled and each time they are
   * scored, rows of optimizer steps. Rows that are only measured (held out, or read once by a reference) are left out.
   */
  readonly tokens: number;
  /** Of these, tokens that were sampled or scored, not learned from. Default 0. */
  readonly forwardTokens?: number | undefined;
  /** The field's names: "loss", "objective/kl", "policy/clipfrac_avg", … */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TrainingResult {
  /** Folder of the trained checkpoint. */
  readonly checkpoint: string;
  /** sha256 over the checkpoint's files, hex. */
  readonly hash: string;
  readonly steps: number;
  readonly tokens: number;
  /** Of the model, an adapter's base included; and the wall time of this process's part of the job, no part of any record. */
  readonly parameters?: number;
  readonly seconds?: number;
  /** Of the tokens, those that were sampled or scored, not learned from; absent where only the steps say it. */
  readonly forwardTokens?: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  /** Intermediate checkpoints in order of steps. */
  readonly checkpoints?: readonly { readonly step: number; readonly folder: string }[];
  /** Present when a monitor ended the job early. `checkpoint` then holds the last policy inside the bounds. */
  readonly stopped?: { readonly reason: string; readonly step: number } | undefined;
}

/** What whoever trains is told while it trains. */
export interface TrainingListener {
  /**
   * The scored rollouts of each round, 1-based, before it is learned from or any state is saved; the last round, `steps` + 1, shows
   * the trained policy. A round that is done again after an interruption comes again.
   */
  readonly onRollouts?: ((round: number, rollouts: readonly ScoredRollout[]) => Promise<void>) | undefined;
}

/** Local (in process), a cluster, or a hosted fine-tuning service. */
export interface Trainer {
  readonly objectives: readonly Objective[];
  /** A hash of everything that determines a job's result, models by their content: the same job, the same checkpoint. */
  fingerprint(job: TrainingJob): Promise<string>;
  /**
   * Trains, yielding once per step; returns the checkpoint.
   * @throws PreceptError "interrupted" when `signal` fires (resumable), "not-finite" when a loss is NaN.
   */
  train(job: TrainingJob, listener?: TrainingListener): AsyncGenerator<TrainingProgress, TrainingResult>;
}

/** The trained scorer of responses. */
export interface PreferenceModel {
  /** Rewards in the order of the items; only differences for the same prompt mean anything. */
  score(items: readonly { readonly prompt: Prompt; readonly response: string }[]): Promise<number[]>;
  /** Tokens of prompts and responses that it has read so far. */
  readonly tokensRead: number;
  dispose(): Promise<void>;
}
