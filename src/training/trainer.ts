import type { Prompt } from "../models/language-model.ts";
import type { Schedule } from "./schedules.ts";

/** What a trainer can optimise. Later: "dpo", "grpo". */
export type Objective = "sft" | "preference-model" | "ppo";

/** What every job says. The same job again, after an interruption, continues and ends with the same bytes. */
export interface TrainingJobBase {
  /** Checkpoint folder to start from. */
  readonly initial: string;
  /** Folder for `checkpoint/`, `trainer-state/` and, for ppo, `checkpoint-N/`; created when missing. */
  readonly output: string;
  readonly seed: number;
  /** Optimizer steps (for ppo: rollout rounds) between two saves of trainer-state. Default 50. */
  readonly stateEvery?: number;
  readonly signal?: AbortSignal;
  readonly learningRate: number;
  /** Shape of the learning rate over the job. Default differs by objective. */
  readonly schedule?: Schedule;
  /** Default 0: decay collapses small tied embeddings (spec/harbor-poc.md, bug 2). */
  readonly weightDecay?: number;
  /** Rows and tokens a row of one optimizer step, (B, T). Examples are packed into rows. */
  readonly batch?: number;
  readonly length?: number;
}

/** One demonstration: the loss is on the completion and the end token only. */
export interface SftExample {
  readonly id: string;
  /** Text as the model sees it, or a dialogue that the checkpoint's chat format renders. */
  readonly prompt: Prompt;
  readonly completion: string;
  /** Weight of each of its tokens in the loss. Default 1. */
  readonly weight?: number;
}

export interface SftJob extends TrainingJobBase {
  readonly objective: "sft";
  readonly examples: readonly SftExample[];
  readonly epochs: number;
  /** Scored before the first and after the last step, never trained on. */
  readonly heldOut?: readonly SftExample[];
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
}

export interface PreferenceModelJob extends TrainingJobBase {
  readonly objective: "preference-model";
  readonly comparisons: readonly PreferenceExample[];
  readonly epochs: number;
  /** Scored for accuracy and loss, never trained on. */
  readonly heldOut?: readonly PreferenceExample[];
  /** Loss weight of each source. Default 1 and 1. */
  readonly lossWeights?: { readonly harmlessness: number; readonly helpfulness: number };
}

/** One sampled response with everything that scoring it needs. */
export interface Rollout {
  readonly id: string;
  readonly promptId: string;
  readonly prompt: Prompt;
  readonly response: string;
  /** Response tokens, the end token included when the model produced it. */
  readonly tokens: readonly number[];
  /** log pi(token | before) of the sampling policy, nats, one a token. */
  readonly logprobs: readonly number[];
  readonly finishReason: "stop" | "length";
}

/** Scores whole responses; (n,) finite numbers in the order of the rollouts. */
export type RewardFunction = (rollouts: readonly Rollout[]) => Promise<readonly number[]>;

/** The run stops, with a reason, when a monitored mean over one step's rollouts leaves these bounds. */
export interface MonitorBounds {
  /** Sequence KL from the reference, nats. */
  readonly maxKlNats?: number;
  readonly minScore?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** Share of responses that carry the step's most repeated n-gram. */
  readonly maxBoilerplateRate?: number;
  /** Mean log-probability a token under the reference model: the stand-in for grammar. */
  readonly minReferenceLogprob?: number;
}

export interface PpoPrompt {
  readonly id: string;
  readonly prompt: Prompt;
}

export interface PpoJob extends TrainingJobBase {
  readonly objective: "ppo";
  readonly prompts: readonly PpoPrompt[];
  /** Checkpoint folder of the frozen model of the KL term. */
  readonly reference: string;
  readonly reward: RewardFunction;
  /** Rounds of sampling and optimisation. */
  readonly steps: number;
  readonly rolloutsPerStep: number;
  /** Responses to one prompt in a round. Default 4 with the "group" baseline, 1 with "value". */
  readonly samplesPerPrompt?: number;
  /** Passes over each round's rollouts. Default 2. */
  readonly epochs?: number;
  /** Optimizer steps a pass, about: rollouts are packed, so that a batch (B, T) holds what it can. Default 2. */
  readonly minibatches?: number;
  /** "group": mean reward of the prompt's other samples (leave one out); "value": learned head with GAE. Default "group". */
  readonly baseline?: "group" | "value";
  /** Default 0.2. */
  readonly clipRange?: number;
  readonly klCoefficient: number;
  /** "reward": every token is charged for its divergence (the paper's); "loss": a k3 term beside the surrogate. Default "reward". */
  readonly klPlacement?: "reward" | "loss";
  /** Weight of the value loss. Default 0.1. */
  readonly valueCoefficient?: number;
  /** Divide advantages by their standard deviation over the round. Default true. */
  readonly whitenAdvantages?: boolean;
  /** Shift and scale the scores of each round to mean 0 and deviation 1 before the KL term. Default false. */
  readonly whitenScores?: boolean;
  readonly maxTokens: number;
  /** Default 1. Other values make the sampler differ from the policy that is optimised. */
  readonly temperature?: number;
  readonly monitors?: MonitorBounds;
  /** Keep `checkpoint-N` every so many rounds, for measuring gold reward afterwards. Default: none. */
  readonly checkpointEvery?: number;
}

export type TrainingJob = SftJob | PreferenceModelJob | PpoJob;

export interface TrainingProgress {
  /** 1-based, of `steps`. */
  readonly step: number;
  readonly steps: number;
  /** Tokens processed by optimizer steps and sampling so far, padding excluded. */
  readonly tokens: number;
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
  /** Wall time of this process's part of the job; not part of any record. */
  readonly seconds?: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Intermediate checkpoints in order of steps. */
  readonly checkpoints?: readonly { readonly step: number; readonly folder: string }[];
  /** Present when a monitor ended the job early. `checkpoint` then holds the last policy inside the bounds. */
  readonly stopped?: { readonly reason: string; readonly step: number };
}

/** Local (in process), a cluster, or a hosted fine-tuning service. */
export interface Trainer {
  readonly objectives: readonly Objective[];
  /**
   * Trains, yielding once a step; returns the checkpoint.
   * @throws PreceptError "interrupted" when `signal` fires (resumable), "not-finite" when a loss is NaN.
   */
  train(job: TrainingJob): AsyncGenerator<TrainingProgress, TrainingResult>;
}

/** The trained scorer of responses. */
export interface PreferenceModel {
  /** Rewards in the order of the items; only differences for the same prompt mean anything. */
  score(items: readonly { readonly prompt: Prompt; readonly response: string }[]): Promise<number[]>;
  dispose(): Promise<void>;
}
