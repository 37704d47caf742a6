import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Ask, type Asking, type CritiqueInput, generateAll, requestSeed } from "../../feedback/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import { labelByLikelihood, labelByQuestion, type UnlabelledTrace } from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { messageSchema } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import { readJsonLines } from "../../storage/index.ts";
import { readSteppedExamples, type StepForm, type SteppedExample, splitSteps } from "../../training/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { isHarborRun } from "../guard/open-run-guard.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { findNamed } from "../redteam.ts";

export interface SteppedData {
  /** A file of steps, or a run on harbor. */
  readonly data: string;
  /** Who labels steps that have no label; default on harbor its initial model. */
  readonly labeller?: string | undefined;
  readonly form: StepForm;
  /** Critiques that are sampled of a run. */
  readonly count: number;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Responses in steps with their labels: of a file, its own, else the labeller's; of a run on harbor, critiques of its answers that its
 * critic writes at temperature 1, each step right where the labeller would have gone the same way. No label is the oracle's.
 */
export async function readSteppedData(job: SteppedData): Promise<SteppedExample[]> {
  const { data, labeller, form } = job;
  if (statSync(data, { throwIfNoEntry: false })?.isDirectory() === true) {
    if (isHarborRun(data)) return labelRun(job);
    throw new PreceptError("usage", {
      attempted: `Reading the steps of ${data}`,
      found: "a folder that is no run on harbor",
      expected: 'a run on harbor, or a file of rows with "prompt", "completions" and "labels"',
    });
  }
  const examples = await readSteppedExamples(data);
  const unlabelled = examples.filter(({ labels }) => labels === undefined);
  if (unlabelled.length === 0) return examples;
  if (labeller === undefined) {
    throw new PreceptError("usage", {
      attempted: `Reading the labels of ${data}`,
      found: `${unlabelled.length} of ${examples.length} rows without labels`,
      expected: "a label of each step in every row, or a model that gives them",
      remedy: "--labeller provider:model",
    });
  }
  const subject = await findNamed(labeller);
  const model = await subject.open();
  try {
    const context = contextOf(job, model, subject.name);
    const isHarbor = subject.render !== undefined && harborWorld.isSpokenBy(labeller);
    const labels = isHarbor
      ? await labelByLikelihood(unlabelled, form, context)
      : await labelByQuestion(unlabelled, context);
    const byId = new Map(unlabelled.map(({ id }, index) => [id, labels[index]]));
    return examples.map((example) => ({ ...example, labels: example.labels ?? byId.get(example.id) }));
  } finally {
    await model.dispose?.();
  }
}

const contextOf = ({ seed, signal }: SteppedData, model: LanguageModel, modelName: string) => ({
  ...{ model, modelName, seed, signal, stage: "process" },
});

const responseSchema = z.looseObject({
  type: z.literal("response"),
  messages: z.array(messageSchema),
  response: z.string().min(1),
});

/** Answers that the run recorded in its first stage. @throws PreceptError usage where there are none. */
async function readAnswered(run: string): Promise<z.infer<typeof responseSchema>[]> {
  const path = join(run, "sl-cai", "records.jsonl");
  const answered: z.infer<typeof responseSchema>[] = [];
  if (existsSync(path))
    for await (const line of readJsonLines(path)) {
      const read = "value" in line ? responseSchema.safeParse(line.value).data : undefined;
      if (read !== undefined) answered.push(read);
    }
  if (answered.length > 0) return answered;
  throw new PreceptError("usage", {
    attempted: `Reading the answers of ${run}`,
    found: "none: its stage sl-cai is not done",
    expected: "a run on harbor that has answered, or a file of steps",
    remedy: `precept sl-cai ${run}`,
  });
}

async function labelRun(job: SteppedData): Promise<SteppedExample[]> {
  const { data: run, form, count, seed, progress } = job;
  const constitution = await loadConstitution(join(run, "constitution.yaml"));
  const answered = await readAnswered(run);
  const random = rng(seed, "process", "cases");
  const drawn = Array.from({ length: count }, (_, index) => ({
    ...random.pick(answered),
    id: String(index),
    principle: random.pick(constitution.principles),
  }));
  const subject = await findNamed(job.labeller ?? harborWorld.initial);
  const model = await subject.open();
  try {
    const context = contextOf(job, model, subject.name);
    progress.start("process", "critiques", count, "critiques");
    const traces = await sampleTraces(drawn, form, context);
    const labels = await labelByLikelihood(traces, form, context);
    progress.advance(count);
    return traces.map((trace, index) => ({ ...trace, labels: labels[index] }));
  } finally {
    progress.finish();
    await model.dispose?.();
  }
}

/** Critiques of harbor at temperature 1, in their steps; those without a step are left out. */
export async function sampleTraces(
  items: readonly (CritiqueInput & { readonly id: string })[],
  form: StepForm,
  context: Asking & { readonly seed: number },
): Promise<UnlabelledTrace[]> {
  const asks = items.map(
    (item): Ask => ({
      id: item.id,
      seed: requestSeed(context, { item: item.id, round: 1, sample: 0, role: "critique" }),
      rendered: harborTemplates.critique(item),
    }),
  );
  const texts = await generateAll(context, asks, { temperature: 1, topP: 1 });
  return asks.flatMap(({ id, rendered: { prompt } }, index) => {
    const steps = splitSteps(texts[index]?.text ?? "", form);
    return steps.length === 0 ? [] : [{ id, prompt, steps }];
  });
}
