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

/** How the three trained stages learn; what is left out is the paper's, or a small learning rate where the paper gives none. */
export const trainingSchema = z.strictObject({
  slCai: z
    .strictObject({
      ...supervised,
      alsoWithoutReplay: z
        .boolean()
        .optional()
        .describe("Train a second checkpoint without replay, to show what replay does"),
    })
    .optional(),
  preferenceModel: z
    .strictObject({
      from: z.enum(["initial", "sl-cai"]).optional().describe("The model whose weights it starts from"),
      lossWeights: z.strictObject({ harmlessness: z.number().min(0), helpfulness: z.number().min(0) }).optional(),
      minConfidence: share.optional().describe("Pairs whose label is less sure, |2p - 1|, are left out"),
      heldOutShare: share.optional().describe("Share of the prompts whose pairs are never trained on"),
      keep: z.enum(["best", "last"]).optional().describe("The epoch with the lowest held-out loss, or the last"),
      ...supervised,
    })
    .optional(),
  rlCai: z
    .strictObject({
      steps: atLeastOne.optional().describe("Rounds of sampling and optimisation"),
      rolloutsPerStep: atLeastOne.optional(),
      samplesPerPrompt: atLeastOne.optional(),
      epochs: atLeastOne.optional().describe("Passes over each round's answers"),
      minibatches: atLeastOne.optional(),
      learningRate: rate.optional(),
      baseline: z.enum(["group", "value"]).optional().describe("Mean of a prompt's other answers, or a value function"),
      clipRange: z.number().positive().optional(),
      klCoefficient: z.number().min(0).optional(),
      whitenAdvantages: z.boolean().optional(),
      maxTokens: atLeastOne.optional(),
      monitors: monitors.optional(),
      checkpointEvery: atLeastOne.optional().describe("Rounds between two kept policies"),
      ...rows,
    })
    .optional(),
});
