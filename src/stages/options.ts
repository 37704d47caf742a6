import type {
  BareRefusals,
  ContrastOptions,
  LabelOptions,
  Sampling,
  TrainedRevisions,
  UnfoundedCritiques,
} from "../feedback/index.ts";
import type { LoraOptions, MonitorBounds, Schedule } from "../training/index.ts";

/** What every supervised job can be told. Lengths and batches in tokens and rows of one optimizer step. */
export interface TrainingOptions {
  readonly epochs: number;
  readonly learningRate: number;
  readonly schedule?: Schedule | undefined;
  readonly batch?: number | undefined;
  readonly length?: number | undefined;
  readonly stateEvery?: number | undefined;
}

export interface SlCaiOptions {
  /** "context-distillation": answers under the principles' positive contexts, in place of revisions. Default "revisions". */
  readonly source?: "revisions" | "context-distillation" | undefined;
  readonly rounds: number;
  /** "all": every principle critiques, what trips is revised (harbor). "random": one drawn per round (the paper). */
  readonly selection: "random" | "all";
  /** false: direct revision, without showing a critique. */
  readonly critique: boolean;
  readonly revisions: TrainedRevisions;
  /** Which prompts' answers are criticised: red-team ones alone (the paper), or all, under one answer each. */
  readonly critiqued: "red-team" | "all";
  /** What is trained on is read again first: revisions that still break a principle, and chains that undo themselves, are left out. */
  readonly reread: boolean;
  /** Own answers to each helpful prompt. The paper: 2. */
  readonly helpfulSamples: number;
  /** Whether own answers that were cut are trained on as well, without an end. Default false. */
  readonly keepsCut?: boolean | undefined;
  readonly sampling: Sampling;
  /** Default: as responses. */
  readonly revisionSampling?: Sampling | undefined;
  readonly critiqueSampling: Sampling;
  /** Critiques that quote what no document says: marked, or also passed over. Default "mark". */
  readonly unfounded?: UnfoundedCritiques | undefined;
  /** Revisions that decline without a reason: as usable as any, rejected, or rejected where a principle asks for one. Default "keep". */
  readonly bareRefusals?: BareRefusals | undefined;
  /** Also train a checkpoint without the replay documents, to show what they do. */
  readonly alsoWithoutReplay: boolean;
  /** Steps between two checkpoints that are kept beside the last: TracInCP sums over them. Default: none is kept. */
  readonly checkpointEvery?: number | undefined;
  readonly training: TrainingOptions;
}

export interface AiFeedbackOptions {
  readonly sampling: Sampling;
  /** Answers to each prompt of SL-CAI and of the initial model; the two least alike are compared. Default: two of SL-CAI. */
  readonly answers?: { readonly slCai: number; readonly initial: number } | undefined;
  readonly labels: LabelOptions;
  /** Labels by debates of so many rounds, where prompts hide something from the feedback model. */
  readonly debate?: { readonly rounds: number } | undefined;
  /** Pairs or labels by the contexts of a principle; without, two answers are compared by asking. */
  readonly contrast?: ContrastSettings | undefined;
}

/** Answers to a prompt that is compared, where nothing else is said: two of SL-CAI. */
export const paperAnswers = { slCai: 2, initial: 0 } as const;

/** Pairs and labels by contrast, and the gate before them. */
export interface ContrastSettings extends ContrastOptions {
  /**
   * How much likelier an answer under a principle's positive context must keep it than one without, where a judge reads that: the
   * pairs of a principle below are left out, since the model cannot express it. −1 lets all through.
   */
  readonly gate: number;
}

export interface PreferenceModelOptions {
  /** The checkpoint whose weights it starts from. */
  readonly from: "initial" | "sl-cai";
  readonly lossWeights: { readonly harmlessness: number; readonly helpfulness: number };
  /** Pairs whose raw label is less sure, |2p − 1|, are left out. */
  readonly minConfidence: number;
  /** Share of the prompts whose pairs are never trained on. */
  readonly heldOutShare: number;
  /** "best": the epoch with the lowest held-out loss; unless it beats a guess by two standard errors, a model whose scores are all 0. */
  readonly keep: "best" | "last";
  readonly training: TrainingOptions;
}

/** Direct preference optimisation on the comparisons, in place of a preference model and RL. */
export interface DpoOptions {
  /** Strength of the pull to SL-CAI. */
  readonly beta: number;
  /** Weight of −log π(chosen) a token beside the loss, which keeps the chosen answers likely. */
  readonly nllWeight: number;
  /** Also train a checkpoint on the same pairs with their labels dealt out anew, to show what the choice of pairs alone does. */
  readonly alsoShuffled?: boolean | undefined;
  /** Pairs whose raw label is less sure, |2p − 1|, are left out. */
  readonly minConfidence: number;
  /** Share of the prompts whose pairs are never trained on. */
  readonly heldOutShare: number;
  readonly training: TrainingOptions;
}

export interface RlCaiOptions {
  /** Default "ppo", the paper's. */
  readonly objective?: "ppo" | "rloo" | "grpo" | undefined;
  readonly steps: number;
  readonly rolloutsPerStep: number;
  readonly samplesPerPrompt: number;
  readonly epochs: number;
  readonly minibatches: number;
  readonly learningRate: number;
  readonly schedule?: Schedule | undefined;
  /** Of ppo. */
  readonly baseline: "group" | "value";
  readonly clipRange: number;
  readonly klCoefficient: number;
  /** Advantages over their standard deviation in the round; without, learning fades as the rewards agree. */
  readonly whitenAdvantages: boolean;
  /** Tokens per response; default: what the templates allow. */
  readonly maxTokens?: number | undefined;
  readonly monitors: MonitorBounds;
  /** Rounds between two kept policies, for measuring gold reward afterwards. */
  readonly checkpointEvery: number;
  readonly batch?: number | undefined;
  readonly length?: number | undefined;
  readonly stateEvery?: number | undefined;
}

export interface EvaluateOptions {
  /** Answers per item. */
  readonly samples: number;
  /** Split and number of items on which the kept policies of RL are measured. */
  readonly curve: { readonly split: string; readonly items: number };
}

/** Experiments that should not work; everything else of a run stays as it is. */
export interface ControlOptions {
  /** Deals the labels out again among the pairs at random: the preference model must learn nothing. */
  readonly shuffleLabels: boolean;
}

/** Every setting of the method, in one readonly object. */
export interface MethodOptions {
  /** Items per batch: what one call of the model holds, and what an interruption costs. Comparisons: pairs. */
  readonly batchPrompts: number;
  readonly batchPairs: number;
  /** Trains adapters of this shape over the initial model; without one, all weights. */
  readonly adapter?: LoraOptions | undefined;
  /** The stage that the method begins with; "ai-feedback": the initial model stands in for the SL-CAI model. Default "sl-cai". */
  readonly firstStage?: "sl-cai" | "ai-feedback" | undefined;
  /** What is trained on the comparisons. */
  readonly preference: "preference-model" | "dpo" | "none";
  /** Whether RL follows the preference model. */
  readonly reinforce: boolean;
  readonly slCai: SlCaiOptions;
  readonly aiFeedback: AiFeedbackOptions;
  readonly dpo: DpoOptions;
  readonly preferenceModel: PreferenceModelOptions;
  readonly rlCai: RlCaiOptions;
  readonly evaluate: EvaluateOptions;
  readonly controls: ControlOptions;
}

const sampled: Sampling = { temperature: 1, topP: 1 };
const greedy: Sampling = { temperature: 0, topP: 1 };

/** Every principle's evidence with chain of thought, log-odds summed, unclamped. */
export const ensembleLabels: LabelOptions = {
  principles: "all",
  chainOfThought: true,
  clamp: null,
  hard: false,
  thoughtSampling: greedy,
};

/** One drawn principle for each pair, chain of thought, clamped last to 40-60 %. Bai et al. 2022 §4.1, §4.3. */
export const paperLabels: LabelOptions = { ...ensembleLabels, principles: "random", clamp: [0.4, 0.6] };

/**
 * The paper's method (Bai et al. 2022), the default for a model that nobody knows: one random principle in each of four
 * rounds, fine-tuning on all revisions for one epoch at a constant rate (§3.2), soft labels, one epoch of the preference
 * model, PPO with a value function and a KL coefficient of 0.001 (Bai et al. 2022a §4.1). The paper states its learning
 * rates against an unknown one of pre-training: those here are the field's for models of billions of weights.
 */
export const paperMethod: MethodOptions = {
  batchPrompts: 256,
  batchPairs: 128,
  preference: "preference-model",
  reinforce: true,
  slCai: {
    rounds: 4,
    selection: "random",
    critique: true,
    revisions: "all",
    critiqued: "red-team",
    reread: false,
    helpfulSamples: 2,
    sampling: sampled,
    critiqueSampling: sampled,
    alsoWithoutReplay: false,
    training: { epochs: 1, learningRate: 2e-5, schedule: { shape: "constant", warmup: 0 } },
  },
  aiFeedback: { sampling: sampled, labels: paperLabels },
  dpo: {
    beta: 0.1,
    nllWeight: 0,
    minConfidence: 0,
    heldOutShare: 0.1,
    training: { epochs: 1, learningRate: 1e-6, schedule: { shape: "linear", warmup: 0.1 } },
  },
  preferenceModel: {
    from: "initial",
    lossWeights: { harmlessness: 1, helpfulness: 1 },
    minConfidence: 0,
    heldOutShare: 0.1,
    keep: "last",
    training: { epochs: 1, learningRate: 1e-5 },
  },
  rlCai: {
    steps: 100,
    rolloutsPerStep: 128,
    samplesPerPrompt: 1,
    epochs: 1,
    minibatches: 2,
    learningRate: 3e-6,
    baseline: "value",
    clipRange: 0.2,
    klCoefficient: 0.001,
    whitenAdvantages: true,
    monitors: {},
    checkpointEvery: 25,
  },
  evaluate: { samples: 1, curve: { split: "heldOut", items: 200 } },
  controls: { shuffleLabels: false },
};

/** Changes to some settings of some stages; objects within a stage are replaced whole. */
export type OptionOverrides = {
  readonly [K in keyof MethodOptions]?: MethodOptions[K] extends object ? Partial<MethodOptions[K]> : MethodOptions[K];
};

/** The paper's method with changes, later ones over earlier ones. */
export function methodOptions(...overrides: readonly OptionOverrides[]): MethodOptions {
  return overrides.reduce<MethodOptions>(
    (options, change) => ({
      batchPrompts: change.batchPrompts ?? options.batchPrompts,
      batchPairs: change.batchPairs ?? options.batchPairs,
      adapter: change.adapter ?? options.adapter,
      firstStage: change.firstStage ?? options.firstStage,
      preference: change.preference ?? options.preference,
      reinforce: change.reinforce ?? options.reinforce,
      slCai: { ...options.slCai, ...change.slCai },
      aiFeedback: { ...options.aiFeedback, ...change.aiFeedback },
      dpo: { ...options.dpo, ...change.dpo },
      preferenceModel: { ...options.preferenceModel, ...change.preferenceModel },
      rlCai: { ...options.rlCai, ...change.rlCai },
      evaluate: { ...options.evaluate, ...change.evaluate },
      controls: { ...options.controls, ...change.controls },
    }),
    paperMethod,
  );
}
