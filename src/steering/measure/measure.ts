import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { type Generation, type GenerationRequest, type LanguageModel, withModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { SCHEMA_VERSION } from "../../records/index.ts";
import { rng } from "../../rng.ts";
import { batchesOf, collect, defineStage, finishBatches, Run, readSummary } from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import { beginningOf } from "../json-shape.ts";
import { type PrefillWay, prefillAnswers } from "../prefill.ts";
import { rungOf, turnsFor } from "./prompts.ts";
import { type RungName, type SteeringTrial, steeringTrialSchema } from "./records.ts";
import { scoreAnswer } from "./score.ts";
import { type SteeringSummary, steeringSummarySchema, summariseTrials } from "./summary.ts";
import type { SteeringItem, SteeringTask } from "./task.ts";

/** A model that is measured. */
export interface SteeringSubject {
  /** As records show it. */
  readonly name: string;
  /** What makes it the same model: a file's hash, else its name's. */
  readonly hash: string;
  open(): Promise<LanguageModel>;
}

export interface MeasureOptions {
  readonly subjects: readonly SteeringSubject[];
  readonly rungs: readonly RungName[];
  /** Wordings that are tried, from the task's first on. */
  readonly formats: number;
  readonly repeat: number;
  readonly temperature: number;
  readonly seed: number;
  readonly folder: string;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

const trialsStage = defineStage({ name: "trials", after: [], records: { records: steeringTrialSchema } });

/** Answers that an interruption may cost. */
const batchSize = 64;

interface Trial {
  readonly item: SteeringItem;
  readonly format: number;
  readonly repeat: number;
}

/**
 * Asks every model about every item on every rung, in several wordings, and keeps each answer with what was in it; after any
 * interruption the same command continues. @throws PreceptError usage for a rung that the task cannot have; what the models
 * and the disk throw.
 */
export async function measureSteering(task: SteeringTask, options: MeasureOptions): Promise<SteeringSummary> {
  const { subjects, rungs, formats, repeat, temperature, seed, folder, command, progress } = options;
  for (const rung of rungs) checkRung(task, rung);
  checkNames(subjects);
  const config = {
    task: task.name,
    models: subjects.map(({ name }) => name),
    rungs: [...rungs],
    formats,
    repeat,
    temperature,
    items: task.items.length,
  };
  const hash = contentHash({ ...config, seed, data: task.hash, subjects: subjects.map((subject) => subject.hash) });
  const manifest = { of: `steering of ${task.name}`, seed, config, inputs: { task: task.hash } };
  const run = await Run.open(folder, { kind: "steering", manifest, command });
  try {
    await run.stage(trialsStage, hash, async (writer) => {
      const log = await writer.records("records");
      for (const subject of subjects) {
        await withModel(subject.open, async (open) => {
          for (const rung of rungs) {
            const trials = trialsOf(task, options);
            progress.start(rung, subject.name, trials.length, "answers");
            const batches = batchesOf(`${subject.name}/${rung}`, trials, batchSize);
            const advance = (items: number): void => progress.advance(items);
            await finishBatches(log, batches, advance, async (items) => {
              return askTrials(await open(), { task, subject: subject.name, rung, trials: items }, options);
            });
          }
        });
      }
      const records = await collect(log);
      await log.close();
      writer.summary({ ...summariseTrials(task, config.models, rungs, records) });
    });
    return readSummary(join(run.stageFolder(trialsStage.name), "summary.json"), steeringSummarySchema);
  } finally {
    progress.finish();
    await run.close();
  }
}

/** Records are told apart by the model's name. */
function checkNames(subjects: readonly SteeringSubject[]): void {
  const twice = subjects.find(({ name }, index) =>
    subjects.some((other, place) => place < index && other.name === name),
  );
  if (twice === undefined) return;
  throw new PreceptError("usage", {
    attempted: "Measuring steering",
    found: `two models that records call ${twice.name}`,
    expected: "models of different names",
    remedy: "rename one of the files or folders, or measure them one at a time",
  });
}

function checkRung(task: SteeringTask, name: RungName): void {
  const { hasExamples, hasPrefill } = rungOf(name);
  const missing =
    hasExamples && task.examples.length === 0
      ? "the task has no examples"
      : hasPrefill && beginningOf(task.schema) === undefined
        ? "the schema has no first key that every answer has"
        : undefined;
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Measuring the rung ${name}`,
    found: missing,
    expected: "a task that can have this rung",
    remedy: "leave the rung out with --rungs, or add to the task",
  });
}

function trialsOf({ items }: SteeringTask, { formats, repeat }: MeasureOptions): Trial[] {
  const count = (n: number): number[] => Array.from({ length: n }, (_, index) => index);
  return count(formats).flatMap((format) =>
    count(repeat).flatMap((n) => items.map((item) => ({ item, format, repeat: n }))),
  );
}

interface Asking {
  readonly task: SteeringTask;
  readonly subject: string;
  readonly rung: RungName;
  readonly trials: readonly Trial[];
}

async function askTrials(
  model: LanguageModel,
  { task, subject, rung: name, trials }: Asking,
  { temperature, seed, signal }: MeasureOptions,
): Promise<SteeringTrial[]> {
  const rung = rungOf(name);
  const asked = trials.map((trial) => {
    const { item, format, repeat } = trial;
    const id = `${subject}/${name}/${format}/${repeat}/${item.id}`;
    const own = rng(seed, "steering", item.id, format, repeat).integer(2 ** 31);
    const request: GenerationRequest = { id, prompt: turnsFor(task, item, { rung, format, seed }), seed: own };
    return { trial, request };
  });
  const requests = asked.map(({ request }) => request);
  const schema = rung.hasGrammar ? task.schema : undefined;
  const call = { maxTokens: task.maxTokens, temperature, schema, signal };
  const answers = new Map<string, { generation: Generation; text: string; how: PrefillWay | null }>();
  const prefill = rung.hasPrefill ? beginningOf(task.schema) : undefined;
  if (prefill === undefined) {
    for await (const one of model.generate(requests, call))
      answers.set(one.id, { generation: one, text: one.text, how: null });
  } else {
    const begun = requests.map((request) => ({ ...request, prefill }));
    for await (const { id, ...one } of prefillAnswers(model, begun, call)) answers.set(id, one);
  }
  return Promise.all(
    asked.map(async ({ trial: { item, format, repeat }, request }): Promise<SteeringTrial> => {
      const answer = answers.get(request.id);
      const finishReason = answer?.generation.finishReason ?? "error";
      const said = answer?.text ?? "";
      return {
        type: "steering-trial",
        schemaVersion: SCHEMA_VERSION,
        id: request.id,
        itemId: item.id,
        model: subject,
        rung: name,
        seed: request.seed,
        format,
        repeat,
        said,
        ...(await scoreAnswer({ text: said, finishReason }, task.validator, item.output)),
        how: answer?.how ?? null,
        finishReason,
        tokens: answer?.generation.usage ?? { promptTokens: 0, completionTokens: 0 },
      };
    }),
  );
}
