import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { PreceptError } from "../errors.ts";
import type { LanguageModel } from "../language-model.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import type { RecordLog, Stage, StageRecords, StageWriter } from "../runs/index.ts";
import { contentHash } from "../storage/index.ts";
import type { DataStageContext } from "./context.ts";
import { type Meter, startMeter } from "./meter.ts";

export interface StageResult<S> {
  readonly summary: S;
  /** Closed before with the same inputs; nothing was done. */
  readonly unchanged: boolean;
}

/**
 * One stage of a run: skipped when it was closed with the same inputs, else done or continued; its summary is written
 * before it closes. `inputs` is everything the stage reads besides the constitution, the templates and the seed, files by hash.
 * @throws PreceptError run-invalid when the summary of a closed stage is missing or of another version.
 */
export async function runStage<R extends StageRecords, S>(
  context: DataStageContext,
  stage: Stage<R>,
  inputs: Readonly<Record<string, unknown>>,
  schema: z.ZodType<S>,
  body: (writer: StageWriter<R>, meter: Meter) => Promise<S>,
): Promise<StageResult<S>> {
  const { run, constitution, templates, seed } = context;
  const hash = contentHash({
    ...inputs,
    schemaVersion: SCHEMA_VERSION,
    constitution: constitution.hash,
    templates: templates.version,
    seed,
  });
  const outcome = await run.stage(stage, hash, async (writer) => {
    const meter = startMeter(context, run.manifest.stages[stage.name]?.seconds ?? 0);
    const summary = await body(writer, meter);
    writer.summary(summary);
    return { summary };
  });
  context.progress.finish();
  if (outcome !== "unchanged") return { summary: outcome.summary, unchanged: false };
  return { summary: await readSummary(join(run.stageFolder(stage.name), "summary.json"), schema), unchanged: true };
}

/** A closed stage's summary. @throws PreceptError run-invalid. */
export async function readSummary<S>(path: string, schema: z.ZodType<S>): Promise<S> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw damaged(path, cause instanceof Error ? cause.message : String(cause), cause);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, "text that is not JSON", cause);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw damaged(path, `${issue?.path.join(".")}: ${issue?.message}`, result.error);
}

function damaged(path: string, found: string, cause: unknown): PreceptError {
  return new PreceptError("run-invalid", {
    attempted: `Reading the summary ${path}`,
    found,
    expected: "the summary that this version writes when a stage closes",
    remedy: "delete the stage's folder and give the same command again",
    cause,
  });
}

export interface Batch<T> {
  readonly id: string;
  readonly items: readonly T[];
}

/** Consecutive batches of at most `size`; which items share one is a function of the list alone. */
export function batchesOf<T>(name: string, items: readonly T[], size: number): Batch<T>[] {
  const batches: Batch<T>[] = [];
  for (let start = 0; start < items.length; start += size) {
    batches.push({ id: batchId(name, batches.length), items: items.slice(start, start + size) });
  }
  return batches;
}

/** The same batches of a stream, one at a time. */
export async function* batchesFrom<T>(
  name: string,
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
): AsyncGenerator<Batch<T>, void, undefined> {
  let number = 0;
  let held: T[] = [];
  for await (const item of items) {
    held.push(item);
    if (held.length < size) continue;
    yield { id: batchId(name, number++), items: held };
    held = [];
  }
  if (held.length > 0) yield { id: batchId(name, number), items: held };
}

function batchId(name: string, number: number): string {
  return `${name}-${String(number).padStart(4, "0")}`;
}

/**
 * Does the batches that are not in the log yet, each whole or not at all: one after the other, as a local engine wants, or
 * `concurrency` at once. After a failure those in flight end, no new one begins, and the first failure is thrown.
 */
export async function finishBatches<T, R extends { readonly id: string }>(
  log: RecordLog<R>,
  batches: Iterable<Batch<T>> | AsyncIterable<Batch<T>>,
  advance: (items: number) => void,
  work: (items: readonly T[]) => Promise<readonly R[]>,
  concurrency = 1,
): Promise<void> {
  const failures: unknown[] = [];
  const waiting = streamed(batches);
  const worker = async (): Promise<void> => {
    while (failures.length === 0) {
      const { value: batch, done } = await waiting.next();
      if (done === true) return;
      if (!log.done(batch.id)) await log.append(batch.id, await work(batch.items));
      advance(batch.items.length);
    }
  };
  const guarded = (): Promise<void> => worker().catch((error: unknown) => void failures.push(error));
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, guarded));
  if (failures.length > 0) throw failures[0];
}

async function* streamed<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, undefined, undefined> {
  yield* items;
}

/** Opens the model when it is first asked for, and disposes of it at the end. */
export async function withModel<T>(
  open: () => Promise<LanguageModel>,
  body: (model: () => Promise<LanguageModel>) => Promise<T>,
): Promise<T> {
  let opened: Promise<LanguageModel> | undefined;
  try {
    return await body(() => (opened ??= open()));
  } finally {
    await (await opened?.catch(() => undefined))?.dispose?.();
  }
}

/** Every record of a log, in id order. */
export async function collect<R extends { readonly id: string }>(log: RecordLog<R>): Promise<R[]> {
  return Array.fromAsync(log.all());
}
