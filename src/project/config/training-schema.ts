import { z } from "zod";

export const share = z.number().min(0).max(1);
export const atLeastOne = z.int().min(1);
const rate = z.number().positive();

const rows = {
  schedule: z
    .strictObject({
      shape: z.enum(["constant", "linear", "cosine"]),
      warmup: share.optional().describe("Share of the steps in which the rate rises"),
      flat: share.optional().describe("Share of the steps at the full rate before it falls"),
      final: share.optional().describe("Rate at the end, as a share of the full rate"),
    })
    .optional(),
  batch: atLeastOne.optional().describe("Rows of one optimizer step"),
  length: atLeastOne.optional().describe("Tokens of a row"),
  stateEvery: atLeastOne.optional().describe("Steps between two saves from which training goes on"),
};

const supervised = { epochs: atLeastOne.optional(), learningRate: rate.optional(), ...rows };

const monitors = z
  .strictObject({
    maxKlNats: z.number().positive().optional(),
    minScore: z.number().optional(),
    minLength: z.number().optional(),
    maxLength: z.number().optional(),
    maxBoilerplateRate: share.optional(),
    minReferenceLogprob: z.number().optional(),
    minEntropyNats: z.number().optional(),
  })
  .describe("RL stops when a mean over a step's answers leaves these bounds");

const pairs = {
  minConfidence: share.optional().describe("Pairs whose label is less sure, |2p - 1|, are left out"),
  heldOutShare: share.optional().describe("Share of the prompts whose pairs are never trained on"),
};

const adapter = z.strictObject({
  rank: atLeastOne.max(4096).optional(),
  alpha: rate.optional().describe("The change is scaled by alpha / rank; default twice the rank"),
  dropout: z.number().min(0).lt(1).optional(),
  targetModules: z.array(z.string().min(1)).min(1).optional().describe("q_proj, up_proj, …; default all linear layers"),
});

const ray = z
  .strictObject({
    address: z.string().min(1).describe("Of the dashboard of its head, e.g. http://127.0.0.1:8265"),
    storage: z
      .string()
      .min(1)
      .describe(
        "Where jobs and checkpoints cross: a folder that both sides see, s3://BUCKET/FOLDER or gs://BUCKET/FOLDER",
      ),
    processes: atLeastOne.optional().describe("Copies of the model that learn together; default 1"),
    gpus: atLeastOne.optional().describe("Of each of them; default none"),
    open: z
      .boolean()
      .optional()
      .describe("Go on where a cluster elsewhere asks for no token, or gets it by http: in the clear; default: refuse"),
  })
  .describe('The cluster of engine: "ray" (docs/scale.md); its token is in RAY_AUTH_TOKEN or ~/.ray/auth_token');

/** What is trained, and how; what is left out is the paper's, or the recipe for a small model where one's own is trained here. */
export const trainingSchema = z.strictObject({
  engine: z
    .enum(["local", "python", "ray", "none"])
    .optional()
    .describe(
      '"local": models.initial is fine-tuned in this process; "python": by TRL in a Python process (precept python setup); "ray": by TRL on the cluster that ray names; "none": the run ends with its data. Default: local where models.initial is local:',
    ),
  dtype: z
    .enum(["float32", "bfloat16"])
    .optional()
    .describe(
      "Of TRL: bfloat16 multiplies in half precision and halves frozen weights; what learns stays whole. Default float32",
    ),
  rowsPerProcess: atLeastOne
    .optional()
    .describe(
      "Of TRL: rows of a step that a process reads at once, the others after them, to the same sum; default all",
    ),
  ray: ray.optional(),
  adapter: z
    .union([adapter, z.literal("none")])
    .optional()
    .describe('Low-rank adapters over the frozen model; "none" trains all weights. Default: rank 16'),
  preference: z
    .enum(["dpo", "preference-model", "none"])
    .optional()
    .describe(
      "What is trained on the comparisons: the policy itself, or a preference model, which rlCai then optimises against",
    ),
  dpo: z
    .strictObject({
      ...supervised,
      ...pairs,
      beta: rate.optional().describe("Strength of the pull to SL-CAI; default 0.1"),
      alsoShuffled: z
        .boolean()
        .optional()
        .describe("Train a second checkpoint on shuffled labels, the control; default: where labels are contrastive"),
      nllWeight: z.number().min(0).optional().describe("Weight of the likelihood of the chosen answer; default 1"),
    })
    .optional(),
  slCai: z
    .union([
      z.strictObject({
        ...supervised,
        alsoWithoutReplay: z
          .boolean()
          .optional()
          .describe("Train a second checkpoint without replay, to show what replay does"),
        checkpointEvery: atLeastOne
          .optional()
          .describe("Steps between two checkpoints that are kept beside the last, for precept attribute; default none"),
      }),
      z.literal("none"),
    ])
    .optional()
    .describe(
      'Fine-tuning on revisions; "none": nothing is revised, and the initial model answers what is compared and is where preference training starts',
    ),
  preferenceModel: z
    .strictObject({
      from: z.enum(["initial", "sl-cai"]).optional().describe("The model whose weights it starts from"),
      lossWeights: z.strictObject({ harmlessness: z.number().min(0), helpfulness: z.number().min(0) }).optional(),
      ...pairs,
      keep: z.enum(["best", "last"]).optional().describe("The epoch with the lowest held-out loss, or the last"),
      ...supervised,
    })
    .optional(),
  rlCai: z
    .strictObject({
      objective: z
        .enum(["ppo", "rloo", "grpo"])
        .optional()
        .describe(
          '"ppo", the paper\'s, by the local engine alone; "rloo" and "grpo" by engine: python, too. Default: ppo',
        ),
      steps: atLeastOne.optional().describe("Rounds of sampling and optimisation"),
      rolloutsPerStep: atLeastOne.optional(),
      samplesPerPrompt: atLeastOne.optional(),
      epochs: atLeastOne.optional().describe("Passes over each round's answers"),
      minibatches: atLeastOne.optional(),
      learningRate: rate.optional(),
      baseline: z
        .enum(["group", "value"])
        .optional()
        .describe("Of ppo: mean of a prompt's other answers, or a value function"),
      clipRange: z.number().positive().optional(),
      klCoefficient: z.number().min(0).optional(),
      whitenAdvantages: z.boolean().optional(),
      maxTokens: atLeastOne.optional(),
      monitors: monitors.optional(),
      checkpointEvery: atLeastOne.optional().describe("Rounds between two kept policies"),
      ...rows,
    })
    .optional()
    .describe(
      "Reinforcement learning against the preference model; for a model of one's own, only where this is given",
    ),
});
