import type { StepForm } from "./steps.ts";

/** A preference model that scores responses. */
export interface CheckpointReward {
  /** Its folder. */
  readonly checkpoint: string;
  /** Subtracted from every score (Ouyang et al. 2022 §3.5). Default 0. */
  readonly meanScore?: number | undefined;
  /** What stood before a response, its surrounding white space gone, when the model was trained. Default: responses as they are. */
  readonly responsePrefix?: string | undefined;
}

/** A server that scores responses: it is sent rollouts as JSON and answers {"rewards": [0.3, …]}. */
export interface UrlReward {
  readonly url: string;
  /** Default one minute. */
  readonly timeoutMs?: number | undefined;
}

/** P(every step of a response is right), by a head that was trained to read at the end of each step. */
export interface ProcessReward {
  /** Its folder. */
  readonly process: string;
  readonly steps: StepForm;
}

/** A weighted sum of rewards: of outcomes and of steps, say. */
export interface MixedReward {
  readonly mixture: readonly { readonly reward: Reward; readonly weight: number }[];
}

/** What scores whole responses; data, so that a job can travel to the machine that trains. */
export type Reward =
  | CheckpointReward
  | UrlReward
  | ProcessReward
  | MixedReward
  /** Path of a module whose function `reward` takes rollouts and returns (a promise of) one number each. */
  | { readonly module: string };
