import type { ContrastSummary } from "../evaluation/index.ts";
import {
  type Candidate,
  type CandidatePair,
  candidatePlaces,
  drawPrincipleFor,
  isAnswered,
  labelPairs,
  type Pair,
  pairCandidates,
  respondAt,
  rewardOf,
  scoreContrasts,
} from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import type { PromptItem } from "../records/index.ts";
import { batchesFrom, batchesOf, finishBatches } from "../runs/index.ts";
import type { AiFeedbackJob, AnsweredPrompt } from "./ai-feedback-job.ts";
import { ContrastTally, type ScoredPrompt } from "./contrast-counts.ts";
import { readGates } from "./contrast-gate.ts";
import { feedbackContext } from "./feedback-context.ts";
import { refuseNoPairs } from "./no-pairs.ts";
import type { ContrastSettings } from "./options.ts";

const stage = "ai-feedback";

/** What the pairs are, before or after they are labelled. */
export interface ContrastOutcome {
  /** To be asked about; none where the labels are there already. */
  readonly pairs: readonly Pair[];
  readonly summary: ContrastSummary;
}

/**
 * Answers without and under the contexts of a drawn principle, their R, the gate, and the pairs: labelled, unless they are to be
 * asked about. @throws PreceptError monitor-tripped where the model can express none of the principles.
 */
export async function contrastPairs(job: AiFeedbackJob, contrast: ContrastSettings): Promise<ContrastOutcome> {
  await sampleCandidates(job, contrast);
  const gates = await readGates(job, contrast.gate, answeredPrompts(job));
  if (contrast.labels === "contrastive") await scoreCandidates(job);
  const tally = new ContrastTally();
  const pairs: CandidatePair[] = [];
  const uncompared = { identical: 0, incomplete: 0 };
  for await (const prompt of scoredPrompts(job)) {
    const pair = pairCandidates(candidatesOf(prompt), placeOf(job), contrast);
    tally.add(prompt, pair !== undefined);
    if (pair === undefined) uncompared[saysOneThing(prompt) ? "identical" : "incomplete"] += 1;
    else if (gates.get(prompt.principleId)?.isExpressed !== false) pairs.push(pair);
  }
  const summary = tally.summary(contrast, gates);
  if (summary.pairable === 0) {
    refuseNoPairs(job.context, { prompts: uncompared.identical + uncompared.incomplete, ...uncompared });
  }
  if (contrast.labels === "ab") return { pairs: pairs.map(([a, b]) => [a.response, b.response]), summary };
  await labelAll(job, contrast, pairs);
  return { pairs: [], summary };
}

function saysOneThing({ responses }: ScoredPrompt): boolean {
  const answered = responses.filter(isAnswered);
  return answered.length > 1 && new Set(answered.map(({ response }) => response)).size === 1;
}

/** What draws are made from. */
function placeOf({ context: { constitution, seed } }: AiFeedbackJob) {
  return { constitution, seed, stage };
}

function advanceOf({ context: { progress } }: AiFeedbackJob): (items: number) => void {
  return (items) => progress.advance(items);
}

async function sampleCandidates(job: AiFeedbackJob, contrast: ContrastSettings): Promise<void> {
  const { context, inputs, options, log, meter, tellRecords } = job;
  const { prompts, slCai } = inputs;
  const { progress } = context;
  progress.start(stage, "answers with and without contexts", sizeOf(job), "prompts");
  await withModel(slCai.open, async (open) => {
    const answer = async (items: readonly PromptItem[], onShare: (share: number) => void) => {
      const role = { name: slCai.name, model: await open() };
      const asked = feedbackContext(context, stage, role, meter, { calls: 1, onShare });
      return tellRecords(await respondAt(candidatePlaces(items, asked, contrast), asked, options.aiFeedback.sampling));
    };
    const batches = batchesFrom("responses", prompts.items(), options.batchPrompts);
    await finishBatches(log, batches, advanceOf(job), answer, slCai.concurrency ?? context.concurrency);
  });
}

async function scoreCandidates(job: AiFeedbackJob): Promise<void> {
  const { context, inputs, options, log, meter, tellRecords } = job;
  const { feedback } = inputs;
  const { progress } = context;
  progress.start(stage, "likelihoods under contexts", sizeOf(job), "prompts");
  await withModel(feedback.open, async (open) => {
    const score = async (items: readonly AnsweredPrompt[], onShare: (share: number) => void) => {
      const role = { name: feedback.name, model: await open() };
      const asked = feedbackContext(context, stage, role, meter, { calls: 1, onShare });
      const responses = items.flatMap((item) => item.responses);
      return tellRecords(await scoreContrasts(responses, asked));
    };
    const batches = batchesFrom("contrasts", answeredPrompts(job), options.batchPrompts);
    await finishBatches(log, batches, advanceOf(job), score, feedback.concurrency ?? context.concurrency);
  });
}

async function labelAll(
  { context, inputs, options, log, tellRecords }: AiFeedbackJob,
  contrast: ContrastSettings,
  pairs: readonly CandidatePair[],
): Promise<void> {
  const { constitution, templates, seed } = context;
  const { name: modelName } = contrast.labels === "assumed" ? inputs.slCai : inputs.feedback;
  const origin = { modelName, constitution, templates, seed, stage };
  // Which pairs are kept depends on all of them: one batch, which asks nobody.
  const whole = batchesOf("comparisons", pairs.length === 0 ? [] : [pairs], 1);
  const label = async (all: readonly (readonly CandidatePair[])[]) =>
    tellRecords(all.flatMap((own) => labelPairs(own, origin, contrast, options.aiFeedback.labels.hard)));
  await finishBatches(log, whole, () => undefined, label);
}

function sizeOf({ inputs: { prompts } }: AiFeedbackJob): number {
  return prompts.sizes["red-team"] + prompts.sizes.helpful;
}

/** The answers to every prompt that a principle is drawn for, in the order of the prompts, a batch in memory. */
export async function* answeredPrompts(job: AiFeedbackJob): AsyncGenerator<AnsweredPrompt, void, undefined> {
  const { log, inputs, options } = job;
  for await (const { id, items } of batchesFrom("responses", inputs.prompts.items(), options.batchPrompts)) {
    const responses = Map.groupBy(
      log.batch(id).filter((record) => record.type === "response"),
      ({ promptId }) => promptId,
    );
    for (const item of items) {
      const principle = drawPrincipleFor(item, placeOf(job));
      const own = responses.get(item.id)?.sort((a, b) => a.sample - b.sample);
      if (principle !== undefined && own !== undefined) yield { principle, responses: own };
    }
  }
}

/** … with their likelihoods, where those were asked for. */
async function* scoredPrompts(job: AiFeedbackJob): AsyncGenerator<ScoredPrompt, void, undefined> {
  for await (const { id, items } of batchesFrom("contrasts", answeredPrompts(job), job.options.batchPrompts)) {
    const contrasts = Map.groupBy(
      (job.log.isDone(id) ? job.log.batch(id) : []).filter((record) => record.type === "contrast"),
      ({ promptId }) => promptId,
    );
    for (const { principle, responses } of items) {
      const own = contrasts.get(responses[0]?.promptId ?? "") ?? [];
      yield { principleId: principle.id, responses, contrasts: own };
    }
  }
}

function candidatesOf({ responses, contrasts }: ScoredPrompt): Candidate[] {
  const rewards = new Map(contrasts.map((contrast) => [contrast.parents[0], rewardOf(contrast)]));
  return responses.map((response) => ({ response, reward: rewards.get(response.id) }));
}
