import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { type Ask, type Asking, type CritiqueInput, generateAll, requestSeed } from "../../feedback/index.ts";
import type { Env } from "../../models/index.ts";
import { labelByLikelihood, labelByQuestion, labelOutcomes, type UnlabelledTrace } from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { messageSchema } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import { RecordLog } from "../../runs/index.ts";
import { contentHash, makeFolder, readJsonLines } from "../../storage/index.ts";
import { readSteppedExamples, type StepForm, type SteppedExample, splitSteps } from "../../training/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { isHarborRun } from "../guard/open-run-guard.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "../meter-roles.ts";
import { findNamed } from "../redteam.ts";

export interface SteppedData extends RoleBudget {
  /** A file of steps, or a run on harbor. */
  readonly data: string;
  /** Who labels steps that have no label; default on harbor its initial model. */
  readonly labeller?: string | undefined;
  readonly form: StepForm;
  /** Critiques that are sampled of a run. */
  readonly count: number;
  readonly seed: number;
  /** Where labels are kept as they come, so that none is asked for again. */
  readonly folder: string;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

type Asked = Asking & { readonly seed: number };

/**
 * Responses in steps with their labels: of a file, its own, else the labeller's; of a run on harbor, critiques of its answers that its
 * critic writes at temperature 1, each step right where the labeller would have gone the same way. No label is the oracle's.
 */
export async function readSteppedData(job: SteppedData): Promise<SteppedExample[]> {
  const { data, labeller } = job;
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
  const isHarbor = harborWorld.isSpokenBy(labeller);
  const labelled = await inBatches(job, unlabelled, isHarbor ? 128 : 8, (own, context) =>
    isHarbor ? labelInHarbor(own, job, context) : labelInEnglish(own, context),
  );
  const byId = new Map(labelled.map((example) => [example.id, example]));
  return examples.map((example) => byId.get(example.id) ?? example);
}

async function labelInEnglish(traces: readonly SteppedExample[], context: Asked): Promise<SteppedExample[]> {
  const labels = await labelByQuestion(traces, context);
  const outcomes = await labelOutcomes(traces, context);
  return traces.map((trace, index) => ({
    ...trace,
    labels: labels[index],
    outcome: trace.outcome ?? outcomes[index] ?? undefined,
  }));
}

/** In harbor's language a labeller would have said the same, or not; an outcome is right where its own critique ends alike. */
async function labelInHarbor(
  traces: readonly UnlabelledTrace[],
  { form, data }: SteppedData,
  context: Asked,
): Promise<SteppedExample[]> {
  const texts = traces.map(({ id, prompt }) => {
    if (typeof prompt === "string") return prompt;
    throw new PreceptError("input-invalid", {
      attempted: `Reading the prompt of ${id} in ${data}`,
      found: "a dialogue",
      expected: "the text that harbor's model sees, in its own marks",
    });
  });
  const labels = await labelByLikelihood(
    traces.map(({ id, steps }, index) => ({ id, steps, prompt: texts[index] ?? "" })),
    form,
    context,
  );
  const asks = traces.map(
    ({ id }, index): Ask => ({
      id: `${id}/own`,
      seed: context.seed,
      rendered: { prompt: texts[index] ?? "", stop: [form.until ?? ""].filter((text) => text !== ""), maxTokens: 40 },
    }),
  );
  const own = await generateAll(context, asks, { temperature: 0, topP: 1 });
  return traces.map((trace, index) => ({
    ...trace,
    labels: labels[index],
    outcome: Number(splitSteps(own[index]?.text ?? "", form).at(-1) === trace.steps.at(-1)),
  }));
}

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
  const { data: run, form, count, seed } = job;
  const constitution = await loadConstitution(join(run, "constitution.yaml"));
  const answered = await readAnswered(run);
  const random = rng(seed, "process", "cases");
  const drawn = Array.from({ length: count }, (_, index) => ({
    ...random.pick(answered),
    id: String(index),
    principle: random.pick(constitution.principles),
  }));
  return inBatches(job, drawn, 128, async (own, context) => {
    const traces = await sampleTraces(own, form, context);
    return labelInHarbor(traces, job, context);
  });
}

const labelledSchema = z.object({
  id: z.string(),
  prompt: z.union([z.string(), z.array(messageSchema)]),
  steps: z.array(z.string()),
  labels: z.array(z.number().nullable()).optional(),
  outcome: z.number().optional(),
});

/** A batch at a time, each kept before the next is asked for, within the budget. */
async function inBatches<T extends { readonly id: string }>(
  job: SteppedData,
  items: readonly T[],
  size: number,
  label: (own: readonly T[], context: Asked) => Promise<SteppedExample[]>,
): Promise<SteppedExample[]> {
  const { labeller, folder, form, seed, signal, progress } = job;
  const subject = await findNamed(labeller ?? harborWorld.initial);
  const { meter, spending } = meterRoles({ ...job, models: { labeller } });
  const key = contentHash({
    of: subject.hash,
    seed,
    form: { ...form },
    items: items.map((item) => contentHash(JSON.parse(JSON.stringify(item)))),
  });
  makeFolder(folder);
  const log = RecordLog.open(folder, `labels-${key.slice(0, 8)}`, labelledSchema);
  const model = await meter("labeller", subject).open();
  try {
    const context = { model, modelName: subject.name, seed, signal, stage: "process" };
    const all: SteppedExample[] = [];
    progress.start("process", "labels", items.length, "responses");
    for (let at = 0; at < items.length; at += size) {
      const own = items.slice(at, at + size);
      if (!log.isDone(String(at))) {
        const made = await label(own, context);
        await log.append(
          String(at),
          made.map((example) => labelledSchema.parse(example)),
        );
      }
      all.push(...log.batch(String(at)));
      progress.advance(own.length);
    }
    return all;
  } finally {
    progress.finish();
    log.release();
    if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
    await model.dispose?.();
  }
}

/** Critiques of harbor at temperature 1, in their steps; those without a step are left out. */
export async function sampleTraces(
  items: readonly (CritiqueInput & { readonly id: string })[],
  form: StepForm,
  context: Asked,
): Promise<(UnlabelledTrace & { readonly prompt: string })[]> {
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
    return steps.length === 0 ? [] : [{ id, prompt: String(prompt), steps }];
  });
}
