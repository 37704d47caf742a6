import { type FileConfig, presets } from "../config/schema.ts";

export { presets };
export type PresetName = (typeof presets)[number];

type Training = NonNullable<FileConfig["training"]>;
/** Every run on harbor fine-tunes on its revisions. */
type HarborTraining = Omit<Training, "slCai"> & { readonly slCai?: Exclude<Training["slCai"], "none"> };

/** A project on harbor, with everything stated that a person may want to change. */
export type HarborConfig = Omit<FileConfig, "models" | "training"> & {
  readonly world: NonNullable<FileConfig["world"]>;
  readonly training?: HarborTraining | undefined;
};

type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** Everything that a project on harbor may leave to its preset, filled in. */
export type HarborWorld = Filled<Omit<HarborConfig["world"], "measuredBy" | "initial">> &
  Pick<HarborConfig["world"], "measuredBy" | "initial">;

/** A project on harbor that leaves nothing to another one. */
type HarborPreset = HarborConfig & { readonly world: HarborWorld; readonly training: HarborTraining };

type Changes = Pick<HarborConfig, "rounds" | "batch" | "sampling" | "evaluate"> & {
  readonly training?: HarborTraining;
  readonly world: Omit<HarborWorld, "name" | "start" | "initial" | "requests">;
};

/**
 * harbor's departures from the paper: every principle criticises and labels, the answers to all prompts are criticised, what
 * trips is revised, only the last revision is trained on and only once it was read again, thoughts and critiques take the
 * likeliest token, and rates fit a model of a million weights. Chosen by what the oracle measured, on development
 * requests: a person without one would choose by the critic's findings.
 */
function harborProject({ world, sampling, training, ...changes }: Changes): HarborPreset {
  return {
    world: { name: "harbor", start: "committed", requests: "report", ...world },
    constitution: "harbor",
    selection: "all",
    revisions: "final",
    critiqued: "all",
    reread: true,
    helpfulSamples: 1,
    labels: "ensemble",
    sampling: {
      temperature: 1,
      topP: 1,
      critiques: { temperature: 0, topP: 1 },
      pairs: { temperature: 1, topP: 1 },
      ...sampling,
    },
    training: {
      slCai: { schedule: { shape: "cosine", warmup: 0.02 }, ...training?.slCai },
      preferenceModel: { heldOutShare: 0.1, keep: "best", ...training?.preferenceModel },
      rlCai: {
        rolloutsPerStep: 128,
        samplesPerPrompt: 4,
        epochs: 2,
        minibatches: 2,
        learningRate: 1e-4,
        baseline: "group",
        klCoefficient: 0.05,
        ...training?.rlCai,
      },
    },
    seed: 1,
    ...changes,
  };
}

const smoke = harborProject({
  world: {
    preset: "smoke",
    prompts: {
      "sl-cai": { redTeam: 28, helpful: 12 },
      "ai-feedback": { redTeam: 28, helpful: 12 },
      "rl-cai": { redTeam: 14, helpful: 6 },
    },
    replay: 40,
    perSplit: 14,
    perRole: 4,
  },
  batch: { prompts: 14, pairs: 8 },
  rounds: 2,
  training: {
    slCai: { epochs: 1, learningRate: 7e-4 },
    preferenceModel: { epochs: 1, learningRate: 3e-4 },
    rlCai: { steps: 3, rolloutsPerStep: 16, checkpointEvery: 2, stateEvery: 1 },
  },
  evaluate: { curve: { split: "heldOut", items: 8 } },
});

const demo = harborProject({
  world: {
    preset: "demo",
    prompts: {
      "sl-cai": { redTeam: 840, helpful: 598 },
      "ai-feedback": { redTeam: 420, helpful: 390 },
      "rl-cai": { redTeam: 420, helpful: 390 },
    },
    replay: 1300,
    perSplit: 420,
    perRole: 100,
  },
  sampling: { topP: 0.95 },
  training: {
    slCai: { epochs: 3, learningRate: 1e-3, alsoWithoutReplay: true },
    preferenceModel: { heldOutShare: 0.25, epochs: 6, learningRate: 8e-4 },
    // A preference model can be fooled a few nats away from SL-CAI: unwhitened advantages fade as the rewards agree, and the run stops there.
    rlCai: { steps: 24, klCoefficient: 0.1, whitenAdvantages: false, checkpointEvery: 6, monitors: { maxKlNats: 2 } },
  },
});

const control: HarborPreset = {
  ...demo,
  world: { ...demo.world, preset: "control", perRole: 20 },
  training: { ...demo.training, slCai: { ...demo.training.slCai, alsoWithoutReplay: false } },
};

/** SL-CAI ended early and twice the pairs: where it is trained to its end it leaves almost no pair to prefer, and RL nothing to learn. */
const brief: HarborPreset = {
  ...control,
  world: {
    ...control.world,
    preset: "brief",
    prompts: { ...control.world.prompts, "ai-feedback": { redTeam: 840, helpful: 780 } },
  },
  training: { ...control.training, slCai: { ...control.training?.slCai, epochs: 2, learningRate: 5e-4 } },
};

/** Fewer prompts: one principle is learned from a few hundred, and its critiques and labels cost a tenth. */
const own: HarborPreset = {
  ...demo,
  world: {
    ...demo.world,
    preset: "own",
    prompts: {
      "sl-cai": { redTeam: 240, helpful: 400 },
      "ai-feedback": { redTeam: 120, helpful: 200 },
      "rl-cai": { redTeam: 120, helpful: 200 },
    },
    replay: 400,
    perSplit: 210,
    perRole: 20,
  },
  training: { ...demo.training, slCai: { ...demo.training.slCai, alsoWithoutReplay: false } },
};

/**
 * "demo" is what `npm start` shows and what is reported; "control" is the same method, measured without the size of the role
 * table and the second fine-tuning, for the many runs of an experiment; "brief" is for those about labels and RL; "smoke" runs every part in a minute and proves nothing; "own" is for a principle of one's own.
 */
export const harborConfigs: Readonly<Record<PresetName, HarborPreset>> = { smoke, demo, control, brief, own };
