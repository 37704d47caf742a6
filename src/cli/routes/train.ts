import { buildCommand, buildRouteMap } from "@stricli/core";
import { argument, choice, count, decimal, flag, integer, json, requireText, share, text } from "../parameters.ts";

/** What every objective takes. */
const common = {
  model: requireText("FOLDER|ID", "A Hugging Face folder, an adapter, a training job's folder, or an id on the hub"),
  data: requireText("FILE", "JSON lines; docs/training.md shows the rows"),
  out: requireText("DIR", "The job's folder; the same command again continues there"),
  learningRate: decimal("RATE", "Peak of the schedule; the default depends on the objective and on --lora"),
  schedule: choice(["constant", "linear", "cosine"], "How the rate falls"),
  warmup: share("Share of the steps in which the rate rises"),
  weightDecay: decimal("RATE", "Of AdamW; default 0"),
  batch: count("ROWS", "Rows of a step; examples are packed into rows"),
  length: count("TOKENS", "Tokens of a row"),
  seed: integer("N", "Default 1"),
  lora: count("RANK", "Train an adapter of this rank, the model frozen"),
  loraAlpha: decimal("ALPHA", "Default twice the rank"),
  loraDropout: share("Default 0"),
  loraTarget: { ...text("MODULE", "q_proj, up_proj, …; default all linear layers"), variadic: "," },
  rslora: flag("Scale by alpha / sqrt(rank)"),
  engine: choice(["local", "python"], "This process, the default, or TRL: which objectives, docs/scale.md says"),
  device: choice(
    ["cpu", "webgpu", "cuda", "auto"],
    "Where to compute; default cpu (python, ray: auto, the best there is)",
  ),
  dtype: choice(["float32", "bfloat16"], "Of TRL: products in half precision; default float32"),
  rowsPerProcess: count("ROWS", "Of TRL: rows that are read at once; default all of a step"),
  stateEvery: count("STEPS", "Save the state this often; default 50 steps, or 10 rounds"),
  json,
} as const;

const fixed = {
  epochs: count("N", "Passes over the data; default 1"),
  heldOut: text("FILE", "Rows to measure on, never trained on"),
  skipLong: flag("Leave out rows that do not fit instead of refusing the file"),
} as const;

/** Of what TRL trains on a cluster, too. */
const cluster = {
  engine: choice(
    ["local", "python", "ray"],
    "This process, the default, or TRL, here or on a Ray cluster: which objectives, docs/scale.md says",
  ),
  ray: text("URL", "Of a Ray cluster's dashboard, for --engine ray, e.g. http://127.0.0.1:8265"),
  storage: text("URL", "Where job and checkpoint cross, for --engine ray: a shared folder, s3://… or gs://…"),
  processes: count("N", "Copies of the model that learn together on --engine ray; default 1"),
  gpus: count("N", "Of each of them; default: none, or one with --device cuda"),
  rayOpen: flag("Go on where a Ray cluster elsewhere asks for no token, or gets it by http: in the clear"),
} as const;

const weights = {
  weightHarmlessness: decimal("WEIGHT", 'Loss weight of rows with "source": "harmlessness"; default 1'),
  weightHelpfulness: decimal("WEIGHT", "Loss weight of all other rows; default 1"),
} as const;

const sampled = {
  reward: requireText(
    "FOLDER|MODULE|URL",
    "A preference model or process reward, a mixture (.json), a module that exports a function `reward`, or a server",
  ),
  samples: count("N", "Responses to one prompt"),
  maxTokens: count("N", "Longest response; default 128"),
  temperature: decimal("T", "Default 1"),
} as const;

const rounds = {
  ...sampled,
  reference: text("FOLDER", "The frozen model of the KL term; default: --model"),
  steps: count("N", "Rounds of sampling and learning; default 50"),
  rollouts: count("N", "Responses of a round; default 64"),
  epochs: count("N", "Passes over a round's responses"),
  minibatches: count("N", "Optimizer steps a pass, about; default 2"),
  clip: decimal("RANGE", "Default 0.2"),
  kl: decimal("COEFFICIENT", "Of the KL term; default 0.05 (grpo: 0.04)"),
  maxRoundKl: decimal("NATS", "End a round's steps when the policy is this far, a token, from the one that sampled"),
  roundKlEstimator: choice(["k1", "k2", "k3"], "Of that KL; default k3"),
  maxKl: decimal("NATS", "Stop when a round's mean KL from the reference exceeds this"),
  minEntropy: decimal("NATS", "Stop when the mean entropy a token falls below this"),
  checkpointEvery: count("ROUNDS", "Keep a checkpoint this often"),
  rolloutServer: text(
    "URL",
    "Of --engine python with --lora: a vLLM server that draws responses and loads the adapter each round",
  ),
} as const;

/** precept train …: one objective on one model. */
export const trainRoutes = buildRouteMap({
  docs: { brief: "Train a model, or an adapter over it, on your own data" },
  routes: {
    sft: buildCommand({
      docs: { brief: "Supervised fine-tuning on demonstrations" },
      parameters: { flags: { ...common, ...fixed, ...cluster } },
      loader: async () => (await import("../commands/train.ts")).sft,
    }),
    dpo: buildCommand({
      docs: { brief: "Direct preference optimisation on comparisons" },
      parameters: {
        flags: {
          ...common,
          ...fixed,
          ...cluster,
          ...weights,
          reference: text("FOLDER", "The frozen model; default: --model"),
          beta: decimal("BETA", "Pull to the reference; default 0.1"),
          loss: choice(["sigmoid", "ipo", "robust"], "Default sigmoid"),
          labelSmoothing: share("Share of labels taken to be wrong, below 0.5"),
          nllWeight: decimal("WEIGHT", "Weight of the likelihood of the chosen answer beside the loss; default 0"),
        },
      },
      loader: async () => (await import("../commands/train.ts")).dpo,
    }),
    "preference-model": buildCommand({
      docs: { brief: "A scorer of responses from comparisons" },
      parameters: { flags: { ...common, ...fixed, ...cluster, ...weights } },
      loader: async () => (await import("../commands/train.ts")).preferenceModel,
    }),
    "process-reward": buildCommand({
      docs: {
        brief: "A scorer of steps, read at the end of each; a reward by the product of all steps",
        fullDescription:
          'Rows are TRL\'s of stepwise supervision: "prompt", "completions" (the steps), "labels" (one for each step; what follows the first wrong one is left out). Rows without labels get them from --labeller. A run on harbor in place of a file: its critic\'s critiques, sampled and labelled now. The folder is a --reward of ppo, grpo, rloo; JSON with {"mixture": [{"reward": "DIR", "weight": 0.5}]} weighs several.',
      },
      parameters: {
        flags: {
          ...common,
          ...{ epochs: fixed.epochs, skipLong: fixed.skipLong },
          data: requireText("FILE|RUN", "JSON lines of steps, or a run on harbor"),
          on: choice(["steps", "outcome"], "Every step (default), or what the steps end with"),
          boundary: text("REGEX", "What stands between two steps; default the ends of sentences and lines"),
          last: text(
            "REGEX",
            "What the last step must be: without it a response is worth nothing; harbor's is its verdict",
          ),
          maxCost: decimal("DOLLARS", "Stop asking a hosted labeller before it costs more"),
          price: { ...text("MODEL=IN,OUT", "Dollars per million tokens, where they are not known"), variadic: true },
          labeller: text("MODEL", "Who labels steps without a label; of a run on harbor its initial model"),
          count: count("N", "Critiques that are sampled of a run; default 2000"),
        },
      },
      loader: async () => (await import("../commands/train-process.ts")).processReward,
    }),
    ppo: buildCommand({
      docs: { brief: "Proximal policy optimisation against a reward" },
      parameters: {
        flags: { ...common, ...rounds, baseline: choice(["group", "value"], "Other samples, or a value head") },
      },
      loader: async () => (await import("../commands/train-rounds.ts")).ppo,
    }),
    grpo: buildCommand({
      docs: { brief: "Group relative policy optimisation against a reward" },
      parameters: {
        flags: {
          ...common,
          ...rounds,
          dr: flag("Dr. GRPO: advantages without the deviation, losses over a constant"),
          normalise: choice(["response", "token", "constant"], "What the loss is a mean of"),
          clipHigh: decimal("RANGE", "Upper clip range; default: --clip"),
          klEstimator: choice(["k1", "k2", "k3"], "Default k3"),
        },
      },
      loader: async () => (await import("../commands/train-rounds.ts")).grpo,
    }),
    rloo: buildCommand({
      docs: { brief: "REINFORCE with a leave-one-out baseline against a reward" },
      parameters: { flags: { ...common, ...rounds } },
      loader: async () => (await import("../commands/train-rounds.ts")).rloo,
    }),
    "rejection-sampling": buildCommand({
      docs: { brief: "Fine-tuning on the best of several own responses" },
      parameters: {
        flags: { ...common, ...fixed, ...sampled, keep: count("N", "Responses to keep of each prompt; default 1") },
      },
      loader: async () => (await import("../commands/train-rounds.ts")).rejectionSampling,
    }),
    "best-of-n": buildCommand({
      docs: { brief: "The best of several responses to each prompt, without training" },
      parameters: {
        flags: {
          ...sampled,
          model: common.model,
          data: common.data,
          out: requireText("FILE", "JSON lines with prompt, completion and reward"),
          seed: common.seed,
          json,
        },
      },
      loader: async () => (await import("../commands/train-rounds.ts")).bestOfN,
    }),
    merge: buildCommand({
      docs: { brief: "Write an adapter and its base as one plain checkpoint" },
      parameters: {
        flags: {
          out: requireText("DIR", "The folder of the checkpoint"),
          base: text("FOLDER|ID", "The base; default: the one that the adapter names"),
          json,
        },
        positional: { kind: "tuple", parameters: [argument("ADAPTER", "An adapter, or a training job's folder")] },
      },
      loader: async () => (await import("../commands/train-merge.ts")).merge,
    }),
  },
});
