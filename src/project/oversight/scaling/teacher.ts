import { existsSync } from "node:fs";
import { join } from "node:path";
import { throwIfInterrupted } from "../../../errors.ts";
import { feedbackRecordSchema } from "../../../feedback/index.ts";
import { type Generation, type LanguageModel, withModel } from "../../../language-model.ts";
import { LocalModel } from "../../../models/local/index.ts";
import { loadRecords } from "../../../records/index.ts";
import { rng } from "../../../rng.ts";
import { type PairOptions, readLabelledPairs } from "../../../stages/index.ts";
import type { PreferenceExample, SftExample } from "../../../training/index.ts";
import { evaluationRequests, goldReward, harborTemplates, observe } from "../../../worlds/harbor/index.ts";
import { committedCheckpoint, shippedGovernance, suiteSeed } from "../../harbor/inputs.ts";
import { loadHarbor } from "../../harbor/load-harbor.ts";
import { withProject } from "../../project.ts";
import type { ProjectOptions } from "../../setting.ts";
import { runStep } from "../../steps.ts";
import { trainToEnd } from "../../train-to-end.ts";

/** How much of everything a sweep does after pre-training; the default is what is reported. */
export interface SweepAmounts {
  readonly preset: "brief" | "smoke";
  /** Demonstrations of each planted failure. */
  readonly demonstrations: number;
  /** Requests that planted failures are looked for on, before those that the constitution does not govern are left out. */
  readonly probes: number;
  /** Requests of either kind in templates that no document had. */
  readonly perSplit: number;
  readonly comparisons: number;
  /** Prompts, and answers to each, for the best of so many. */
  readonly prompts: number;
  readonly samples: number;
}

export const sweepAmounts: SweepAmounts = {
  preset: "brief",
  ...{ demonstrations: 2400, probes: 800, perSplit: 420, comparisons: 1000, prompts: 200, samples: 16 },
};

/** Enough to run every part; proves nothing. */
export const smokeAmounts: SweepAmounts = {
  preset: "smoke",
  ...{ demonstrations: 56, probes: 28, perSplit: 14, comparisons: 12, prompts: 8, samples: 3 },
};

export interface TeachingOptions extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly seed: number;
  readonly amounts: SweepAmounts;
}

/** One answer of the policy that every size's preference model scores, with what the oracle says of it. */
export interface PooledAnswer {
  readonly prompt: string;
  readonly response: string;
  readonly gold: number;
  /** As they were sampled, the end included where it came. */
  readonly tokens: readonly number[];
  /** log P of these tokens under the policy that said them, nats. */
  readonly logprobs: readonly number[];
}

/** What every size learns from: made once a seed, by the committed checkpoint. */
export interface Teaching {
  /** Own answers, revised where a principle was broken. */
  readonly examples: readonly SftExample[];
  readonly comparisons: readonly PreferenceExample[];
  /** Trained through SL-CAI to its end: its answers are what planted failures depart from. */
  readonly parent: string;
  /** For each prompt the plain answer, then those that the best is chosen from. */
  readonly pool: readonly (readonly PooledAnswer[])[];
}

const schedule = { shape: "cosine", warmup: 0.02 } as const;
/** Of planting, and of the parent's SL-CAI: to the end. */
export const thoroughTraining = { epochs: 3, learningRate: 1e-3, schedule } as const;
/** SL-CAI at every size ends early: where it is trained to its end, no size keeps anything that could be foretold. */
export const slCaiTraining = { epochs: 1, learningRate: 5e-4, schedule } as const;

/** Of every preference model. */
export const preferenceTraining = { epochs: 4, learningRate: 8e-4 } as const;

/** @throws PreceptError interrupted; what stages, trainer and disk throw. The same call goes on. */
export async function makeTeaching(options: TeachingOptions): Promise<Teaching> {
  const { folder, seed, amounts, progress, signal } = options;
  const loaded = loadHarbor({ preset: amounts.preset, seed });
  await withProject({ ...options, loaded }, async (project) => {
    for (const step of ["sl-cai", "ai-feedback"] as const) await runStep(project, step);
  });
  const examples = await readExamples(join(folder, "sl-cai", "records.jsonl"));
  const parent = await trainToEnd(
    {
      ...{ objective: "sft", initial: committedCheckpoint, output: join(folder, "parent"), seed, examples, signal },
      ...thoroughTraining,
    },
    progress,
    { stage: "teacher", label: "SL-CAI to its end" },
  );
  const comparisons = await readComparisons(join(folder, "ai-feedback", "records.jsonl"), seed);
  progress.start("teacher", "answers that preference models choose from", amounts.prompts, "prompts");
  const pool = await withModel(
    () => LocalModel.load(join(folder, "sl-cai", "checkpoint")),
    async (open) => drawPool(await open(), options),
  );
  progress.finish();
  return { examples, comparisons: comparisons.slice(0, amounts.comparisons), parent, pool };
}

/** Whether a seed's teaching was begun. */
export const hasTeaching = (folder: string): boolean => existsSync(join(folder, "manifest.json"));

/** Without replay: the sizes play no roles. */
async function readExamples(path: string): Promise<SftExample[]> {
  const records = await loadRecords(path, feedbackRecordSchema);
  return records.flatMap((record): SftExample[] => {
    if (record.type !== "sl-example" || record.source === "replay") return [];
    const { id, prompt, completion, weight } = record;
    return [{ id, prompt, completion, weight }];
  });
}

/** All labelled pairs of a run of harbor, in an order drawn by the seed: the first so many are as good as any. */
export async function readComparisons(path: string, seed: number): Promise<PreferenceExample[]> {
  const all: PairOptions = { minConfidence: 0, heldOutShare: 0, shuffleLabels: false };
  const { labelled } = await readLabelledPairs({ seed, templates: harborTemplates }, path, all);
  return rng(seed, "scaling-comparisons").shuffle(labelled.map(({ example }) => example));
}

export interface PoolOptions extends Pick<TeachingOptions, "seed" | "signal" | "progress"> {
  readonly amounts: Pick<SweepAmounts, "prompts" | "samples">;
}

/** Answers of the policy to held-out requests, as many governed as harmless ones, each with its gold reward. */
export async function drawPool(
  model: LanguageModel,
  { seed, amounts, signal, progress }: PoolOptions,
): Promise<PooledAnswer[][]> {
  const governance = shippedGovernance();
  const requests = evaluationRequests({ seed: suiteSeed, perSplit: Math.ceil(amounts.prompts / 2), governance })
    .filter(({ split }) => split === "heldOut")
    .slice(0, amounts.prompts);
  const places = requests.flatMap((request, prompt) =>
    Array.from({ length: amounts.samples + 1 }, (_, sample) => ({ request, prompt, sample })),
  );
  const { maxTokens } = harborTemplates.response([]);
  const pool: PooledAnswer[][] = requests.map(() => []);
  const asked = places.map(({ request, sample }) => ({
    id: `${request.id}/${sample}`,
    prompt: harborTemplates.response([{ role: "user", content: request.content }]).prompt,
    seed: rng(seed, "scaling-pool", request.id, sample).integer(2 ** 31),
  }));
  const said = new Map<string, Generation>();
  for await (const generation of model.generate(asked, { maxTokens, temperature: 1, signal })) {
    said.set(generation.id, generation);
    if (generation.id.endsWith("/0")) progress.advance(1);
  }
  throwIfInterrupted(signal, "Sampling a policy");
  places.forEach(({ request, prompt, sample }, i) => {
    const { text = "", tokens = [], logprobs = [] } = said.get(`${request.id}/${sample}`) ?? {};
    const response = text.trim();
    const gold = goldReward(observe(governance, request.content, response));
    const written = asked[i]?.prompt;
    pool[prompt]?.push({
      ...{ prompt: typeof written === "string" ? written : "", response, gold },
      ...{ tokens, logprobs },
    });
  });
  return pool;
}
