import { z } from "zod";
import { bareRefusals, unfoundedCritiques } from "../../feedback/index.ts";
import { promptFormats } from "../../records/prompts/index.ts";
import { atLeastOne, share, trainingSchema } from "./training-schema.ts";

/** How much of everything a project on harbor does. */
export const presets = ["smoke", "demo", "control", "brief", "own"] as const;

const price = z.strictObject({
  input: z.number().min(0).describe("US dollars per million tokens read"),
  output: z.number().min(0).describe("US dollars per million tokens written"),
});

const modelName = z
  .string()
  .min(1)
  .describe(
    '"provider:model", "provider:model@http://host/v1", or an address alone: vllm:Qwen/Qwen3-8B, openai:gpt-4o-mini',
  );

const modelSettings = z.strictObject({
  model: modelName,
  baseUrls: z.array(z.url()).min(1).optional().describe("Several addresses of one model"),
  votes: z.int().min(2).max(64).optional().describe("Sampled votes a choice, where there are no log-probabilities"),
  logprobs: z.boolean().optional().describe("Whether the endpoint gives log-probabilities; default: tried out once"),
  rawCompletion: z.boolean().optional().describe("Whether it continues raw text; default: tried out once"),
  maxConcurrency: z.int().min(1).max(4096).optional().describe("Most requests at once, each endpoint"),
  timeoutSeconds: z.number().positive().optional(),
  headers: z.record(z.string(), z.string()).optional().describe("Sent along; keys belong into the environment"),
});

const model = z.union([modelName, modelSettings]);

const promptFile = z.strictObject({
  file: z.string().min(1).describe("A file, or hf:OWNER/DATASET[/PATH][@REVISION] for one on the Hugging Face hub"),
  format: z.enum(promptFormats).optional(),
  field: z.string().min(1).optional().describe("The field or column that holds the prompt"),
  split: z
    .string()
    .regex(/^[\w.-]+$/)
    .optional()
    .describe("Which split of a data set on the hub; default: train, where there is one"),
  limit: z.int().min(1).optional().describe("The first so many prompts only"),
});

const promptFiles = z.union([z.string().min(1), promptFile, z.array(z.union([z.string().min(1), promptFile])).min(1)]);

const promptSet = z.union([
  z
    .string()
    .min(1)
    .describe("A file of prompts as runs keep them: id, kind (red-team or helpful) and messages on each line"),
  z.strictObject({
    redTeam: promptFiles.describe("Prompts that elicit what the constitution speaks about"),
    helpful: promptFiles.optional().describe("Harmless prompts, which keep the model helpful"),
  }),
]);

const promptSets = z.union([
  promptSet,
  z
    .strictObject({ "sl-cai": promptSet, "ai-feedback": promptSet, "rl-cai": promptSet })
    .describe("A set for each stage that takes prompts"),
]);

const drawing = { temperature: z.number().min(0).max(2).optional(), topP: z.number().gt(0).max(1).optional() };

/** The wordings in which the method is asked for. */
export const formats = ["chat", "turns", "paper"] as const;
export type Format = (typeof formats)[number];

const sampling = z.strictObject({
  ...drawing,
  revisions: z.strictObject(drawing).optional().describe("How revisions are drawn; default: as responses are"),
  critiques: z.strictObject(drawing).optional().describe("How critiques are drawn; default: as responses are"),
  pairs: z
    .strictObject(drawing)
    .optional()
    .describe("How the answers of a comparison are drawn; default: as responses are"),
  responseTokens: atLeastOne.optional().describe("Most tokens of a response or a revision"),
  revisionTokens: atLeastOne
    .optional()
    .describe('Most tokens of a revision; default: as a response, with the format "turns" 80'),
  critiqueTokens: atLeastOne.optional(),
  thoughtTokens: atLeastOne.optional().describe("Most tokens of a chain of thought before a label"),
});

const counts = z.strictObject({ redTeam: z.int().min(0), helpful: z.int().min(0) });

const world = z.strictObject({
  name: z.literal("harbor"),
  preset: z.enum(presets).optional().describe("What this project began as; stands in its report"),
  start: z
    .enum(["committed", "from-scratch", "from-scratch-as-committed"])
    .optional()
    .describe("Where the helpful-only model comes from"),
  initial: z
    .string()
    .min(1)
    .optional()
    .describe("A checkpoint's folder in its place, e.g. of a model with a planted failure"),
  prompts: z
    .strictObject({ "sl-cai": counts, "ai-feedback": counts, "rl-cai": counts })
    .optional()
    .describe("How many prompts are drawn for each stage, where no files are named"),
  replay: z.int().min(0).optional().describe("Documents of the pre-training corpus beside the pairs of SL-CAI"),
  requests: z
    .enum(["report", "development"])
    .optional()
    .describe("Which requests are measured: those for reporting, or those for choosing settings"),
  measuredBy: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The constitution that says what is governed, where it is not the one that is trained in, as in a control",
    ),
  perSplit: atLeastOne.optional().describe("Governed requests measured in each split, and as many harmless ones"),
  perRole: atLeastOne.optional().describe("Items measured for each role of the initial model"),
});

const models = z.strictObject({
  initial: model.describe("Answers, criticises and revises; at best a helpful-only model"),
  reviser: model
    .optional()
    .describe("Criticises and revises the answers of initial, where that is too small to; default: initial itself"),
  slCai: model
    .optional()
    .describe("The model fine-tuned on this run's pairs, once there is one; answers what is compared"),
  feedback: model.optional().describe("Says which of two answers a principle prefers; default: initial"),
  judge: model.optional().describe("Rates harm before and after each revision, for the monitors; default: nobody"),
});

const evaluation = z.strictObject({
  prompts: promptSet
    .optional()
    .describe("Prompts that nothing is trained on, for measuring before and after; default: the project's own"),
  items: atLeastOne.optional().describe("Most prompts of a kind that are measured; default 100"),
  samples: atLeastOne.optional().describe("Answers to each item"),
  curve: z
    .strictObject({ split: z.string().min(1), items: atLeastOne })
    .optional()
    .describe("On what the policies that RL kept are measured"),
});

const principleGate = z
  .strictObject({
    atMost: share.optional().describe("The rate of broken answers, among those where it was at stake"),
    baseline: z.string().min(1).optional().describe("An earlier check's folder: no worse than that …"),
    margin: z.number().gt(0).max(1).optional().describe("… by this much"),
  })
  .refine(({ atMost, baseline }) => (atMost === undefined) !== (baseline === undefined), {
    message: "atMost, or baseline with margin",
  })
  .refine(({ baseline, margin }) => (baseline === undefined) === (margin === undefined), {
    message: "baseline and margin come together: a margin is stated before looking",
  });

const check = z.strictObject({
  inRun: z.boolean().optional().describe("Whether precept run checks too, before training and after it; default: no"),
  items: atLeastOne.optional().describe("Most prompts that are asked; default: all"),
  prompts: promptSet.optional().describe("Prompts of its own; a model that was trained on the project's needs others"),
  atMost: share.optional().describe("The rate above which a principle is called broken; default 0.05"),
  gates: z
    .record(z.string(), principleGate)
    .optional()
    .describe("What fails CI, by a principle's id, or all for any of them: { atMost: 0.02 }"),
  samples: atLeastOne.optional().describe("Answers to each prompt; default 1"),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .optional()
    .describe("At which the bot answers; default: as the project samples"),
  answerTokens: atLeastOne.optional().describe("Most tokens of an answer; default: as the project samples, else 512"),
  uncertifiedJudge: z
    .enum(["cannot-tell", "trust"])
    .optional()
    .describe("Whether a principle may be called fine by a judge that nobody has held against people; default: no"),
});

const controls = z.strictObject({
  delete: z.string().min(1).optional().describe("A principle that is left out"),
  invert: z.string().min(1).optional().describe("A principle that is turned into its opposite"),
  shuffleLabels: z.boolean().optional().describe("Labels dealt out again at random"),
});

/** What a configuration may say. What is left out has the default that `resolveConfig` gives it. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  constitution: z.string().min(1).describe("A YAML file beside this one, or a constitution that comes with Precept"),
  world: world.optional().describe("An embedded world with a model of its own, instead of models"),
  models: models.optional(),
  prompts: promptSets.optional(),
  systemPrompt: z
    .string()
    .min(1)
    .optional()
    .describe("A text file: what stands before every prompt that has no system turn of its own"),
  format: z
    .enum(formats)
    .optional()
    .describe(
      '"chat" for instruction-tuned models; "turns" for those below about 3B, with built-in examples; "paper": the paper\'s raw text, for models that continue text',
    ),
  fewShots: z
    .string()
    .min(1)
    .optional()
    .describe("A file of few-shot critiques and comparisons, or a folder with the paper's, for the format paper"),
  sftSource: z
    .enum(["revisions", "context-distillation"])
    .optional()
    .describe(
      "What is fine-tuned on: revisions, or answers under the principles' positive contexts, which are then left out",
    ),
  rounds: z.int().min(0).max(16).optional().describe("Critiques and revisions a prompt; the paper: 4"),
  selection: z.enum(["random", "all"]).optional().describe("One principle drawn per round, or all of them asked"),
  critique: z.boolean().optional().describe("false: revisions without a critique"),
  grounds: z
    .strictObject({
      docs: z.string().min(1).optional().describe("Documents that critiques may quote: a folder of texts, or one"),
      constitution: z.boolean().optional().describe("Whether they may quote the constitution; default true"),
      passages: z.int().min(1).max(20).optional().describe("Passages that a critique is shown; default 3"),
      unfounded: z
        .enum(unfoundedCritiques)
        .optional()
        .describe(
          'Critiques that quote what no document says: "mark" (default), or "pass-over", as if there were none',
        ),
    })
    .optional()
    .describe("What critiques may quote; every quotation is checked, and the record keeps what was found"),
  bareRefusals: z
    .enum(bareRefusals)
    .optional()
    .describe(
      'Revisions that decline and do not say why: "keep", "reject", or "by-principle", rejected where the principle asks for a reason. Default: by-principle for the format turns, else keep',
    ),
  revisions: z.enum(["all", "final"]).optional().describe("Train on the revisions of every round, or on the last"),
  critiqued: z
    .enum(["red-team", "all"])
    .optional()
    .describe("Which prompts' answers are criticised and revised; the paper: those to red-team prompts"),
  reread: z
    .boolean()
    .optional()
    .describe("Whether revisions are read again, and left out where a principle is still broken; the paper: false"),
  helpfulSamples: z.int().min(1).max(16).optional().describe("Answers to each helpful prompt; the paper: 2"),
  keepsCut: z
    .boolean()
    .optional()
    .describe(
      "Train also on answers to helpful prompts that were cut at their limit, without teaching an end; default false",
    ),
  labels: z
    .enum(["paper", "ensemble", "debate"])
    .optional()
    .describe(
      "One principle drawn per pair, or all of them added up; or a debate about each pair, where prompts hide a passage",
    ),
  pairSource: z
    .enum(["samples", "west-of-n", "rlcd"])
    .optional()
    .describe(
      "Which answers are compared: two samples; the best and the worst of several, some under contexts of a principle; or one under each context",
    ),
  pairAnswers: z
    .strictObject({ slCai: z.int().min(1).max(16), initial: z.int().min(0).max(16).optional() })
    .optional()
    .describe(
      "Answers to each prompt of the fine-tuned and of the initial model, of which the two least alike are compared; default slCai: 2",
    ),
  labelSource: z
    .enum(["ab", "contrastive", "assumed"])
    .optional()
    .describe(
      "Who says which is better: the feedback model, asked (ab); its likelihoods of them where a principle is kept and where it is broken; or nobody, as rlcd assumes. Default: as the pairs want",
    ),
  labelTemperature: z
    .number()
    .positive()
    .optional()
    .describe("Divides the log-odds of labels: below 1 sharpens; default 1, of contrastive labels 2"),
  contrast: z
    .strictObject({
      neutral: z
        .int()
        .min(1)
        .max(16)
        .optional()
        .describe("Answers without a context to each prompt; default 2, for rlcd 1"),
      keep: z
        .number()
        .gt(0)
        .max(1)
        .optional()
        .describe("Share of the contrastive pairs kept, those far apart; default 0.4"),
      gate: share
        .optional()
        .describe("Least rise in the rate at which a principle is kept when the model is told to keep it; default 0.2"),
    })
    .optional()
    .describe("Pairs and labels by the contexts of a principle"),
  chainOfThought: z.boolean().optional().describe("Whether the feedback model thinks first; default: for chat models"),
  clamp: z
    .tuple([share, share])
    .nullable()
    .optional()
    .describe("Bounds of a label; the paper: [0.4, 0.6] with thought"),
  hardLabels: z.boolean().optional().describe("Labels of 0 and 1 instead of probabilities"),
  sampling: sampling.optional(),
  training: trainingSchema.optional(),
  evaluate: evaluation.optional(),
  check: check.optional().describe("How precept check asks and judges"),
  controls: controls.optional().describe("What should change a result, or spoil it"),
  batch: z
    .strictObject({ prompts: atLeastOne.optional(), pairs: atLeastOne.optional() })
    .optional()
    .describe("Prompts and pairs that are asked together: what an interruption costs"),
  seed: z.int().min(0).optional(),
  budget: z
    .strictObject({
      maxCost: z.number().positive().optional().describe("US dollars; needs prices for every model"),
      maxCalls: z.int().min(1).optional(),
    })
    .optional()
    .describe("Where a run stops, over all its processes"),
  prices: z.record(z.string(), price).optional().describe("By model name; they go before the built-in table"),
  concurrency: z.int().min(1).max(4096).optional().describe("Prompts worked on at once"),
  whenUseless: z
    .enum(["stop", "continue"])
    .optional()
    .describe("When none of the first 64 revisions, or labels, could teach anything; default: stop"),
  out: z.string().min(1).optional().describe("Folder of the run; default runs/NAME"),
});

export type FileConfig = z.infer<typeof configSchema>;
export type ModelSettings = z.infer<typeof modelSettings>;
export type PromptFileSettings = z.infer<typeof promptFile>;

/** The JSON Schema of the YAML form, as `schemas/precept.config.schema.json` holds it. */
export function configJsonSchema(): unknown {
  return {
    ...z.toJSONSchema(configSchema, { target: "draft-2020-12" }),
    title: "Precept: a configuration",
    description: "Written by `node src/project/config/write-schema.ts` from src/project/config/schema.ts.",
  };
}
