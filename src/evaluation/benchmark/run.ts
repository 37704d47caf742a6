import { basename, join } from "node:path";
import { type LanguageModel, withModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { batchesOf, collect, defineStage, type RecordLog, Run, readSummary } from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import { type AnswerRecord, answerSchema } from "../records.ts";
import { answerTrials, type Trial, trialsOf } from "./answer.ts";
import type { FileVersion } from "./files.ts";
import { summarise } from "./measures.ts";
import { toScored, withVerdict } from "./records.ts";
import type { Subject } from "./subject.ts";
import { type BenchmarkSummary, benchmarkSummarySchema } from "./summary.ts";
import type { Benchmark, BenchmarkJudge, Task } from "./types.ts";

/** The answers to one benchmark, judged; where a judge reads them, "answers" holds them as they came. */
export const benchmarkStage = defineStage({
  name: "benchmark",
  after: [],
  records: { records: answerSchema, answers: answerSchema },
});

export interface BenchmarkOptions {
  readonly seed: number;
  /** Items; all without. */
  readonly n?: number | undefined;
  /** Answers per item. */
  readonly samples: number;
  /** Default: the benchmark's own. */
  readonly temperature?: number | undefined;
  /** Items per batch: what an interruption costs. */
  readonly batch: number;
}

export const defaultBenchmarkOptions: BenchmarkOptions = { seed: 1, samples: 1, batch: 32 };

export interface BenchmarkJob {
  /** A run directory of its own for this subject and this benchmark. */
  readonly folder: string;
  readonly benchmark: Benchmark;
  /** What is asked, of how many there are. */
  readonly tasks: readonly Task[];
  readonly available: number;
  /** Rows of the files that are no items, by reason. */
  readonly dropped?: Readonly<Record<string, number>> | undefined;
  readonly versions: readonly FileVersion[];
  readonly subject: Subject;
  readonly attacker?: Subject | undefined;
  readonly judge?: Subject | undefined;
  readonly constitutionHash?: string | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One benchmark on one subject, as a run of its own: answers are kept as they come and judged afterwards, so that after any
 * interruption the same command continues. @throws PreceptError what the models, the data or the disk throw.
 */
export async function runBenchmark(
  job: BenchmarkJob,
  options: BenchmarkOptions = defaultBenchmarkOptions,
): Promise<BenchmarkSummary> {
  const { benchmark, subject, versions, folder, command, progress } = job;
  const { n = null, samples, seed } = options;
  const temperature = options.temperature ?? benchmark.temperature;
  const config = { benchmark: benchmark.id, subject: subject.name, n, samples, temperature };
  const data = contentHash(versions.map(({ sha256 }) => sha256));
  const manifest = {
    of: `${benchmark.id} of ${subject.name}`,
    seed,
    config,
    inputs: { data, subject: subject.hash },
  };
  const run = await Run.open(folder, { kind: "evaluation", manifest, command });
  try {
    const summary = await benchmarkInRun(run, benchmarkStage, job, options);
    progress.finish();
    return summary;
  } finally {
    await run.close();
  }
}

/**
 * One benchmark on one subject, as a stage of a run that is open already, as resumable as every other stage.
 * @throws PreceptError what the models, the data or the disk throw.
 */
export async function benchmarkInRun(
  run: Run,
  stage: typeof benchmarkStage,
  job: Omit<BenchmarkJob, "folder" | "command">,
  options: BenchmarkOptions,
): Promise<BenchmarkSummary> {
  const { benchmark, judge } = job;
  const temperature = options.temperature ?? benchmark.temperature;
  await run.stage(stage, hashInputs(job, options), async (writer) => {
    const started = performance.now();
    const earlierSeconds = run.manifest.stages[stage.name]?.seconds ?? 0;
    const log = await writer.records("records");
    const answers = judge === undefined ? log : await writer.records("answers");
    const context = { job, options, temperature, answers, stage: stage.name };
    const tokens = await answerAll(context);
    const judged = judge === undefined ? undefined : await judgeAll(context, log, judge);
    const records = await collect(log);
    if (answers !== log) await answers.close();
    await log.close();
    const seconds = earlierSeconds + (performance.now() - started) / 1000;
    const measured = new Date().toISOString();
    writer.summary({ ...summaryOf(context, records, judged), measured, seconds, tokens });
  });
  return readSummary(join(run.stageFolder(stage.name), "summary.json"), benchmarkSummarySchema);
}

/** Everything that an answer or a verdict hangs on. */
function hashInputs(
  { benchmark, tasks, subject, attacker, judge, versions }: Omit<BenchmarkJob, "folder" | "command">,
  options: BenchmarkOptions,
): string {
  return contentHash({
    benchmark: [benchmark.id, benchmark.version],
    data: versions.map(({ sha256 }) => sha256),
    options: { ...options, temperature: options.temperature ?? benchmark.temperature, n: options.n ?? null },
    subject: subject.hash,
    attacker: attacker?.hash ?? null,
    judge: judge?.hash ?? null,
    tasks: tasks.map(({ id }) => id),
  });
}

interface Context {
  readonly job: Omit<BenchmarkJob, "folder" | "command">;
  /** Of the records' ids. */
  readonly stage: string;
  readonly options: BenchmarkOptions;
  readonly temperature: number;
  readonly answers: RecordLog<AnswerRecord>;
}

function batchesIn({ job: { benchmark, tasks }, options: { samples, batch } }: Context) {
  const trials: Trial[] = trialsOf(tasks, samples);
  return { total: trials.length, batches: batchesOf(benchmark.id, trials, batch) };
}

/** Asks everything that is not in the log yet. @returns the tokens of all answers, those of earlier processes too. */
async function answerAll(context: Context): Promise<number> {
  const { job, options, temperature, answers, stage } = context;
  const { benchmark, subject, attacker, constitutionHash = "", progress, signal } = job;
  const { total, batches } = batchesIn(context);
  const { seed } = options;
  const templateVersion = `${benchmark.id}-${benchmark.version}`;
  let tokens = 0;
  progress.start(benchmark.id, subject.name, total, "answers");
  await withModel(subject.open, (openSubject) =>
    withModel(attacker?.open ?? refuseAttacks, async (open) => {
      const writer = attacker === undefined ? undefined : { open, render: attacker.render };
      const how = { stage, templateVersion, constitutionHash, seed, temperature, signal };
      for (const { id, items } of batches) {
        if (answers.isDone(id)) tokens += tokensOf(answers.batch(id));
        else {
          const asked = { ...how, benchmark, subject, attacker: writer };
          const records = await answerTrials(await openSubject(), items, asked);
          tokens += tokensOf(records);
          await answers.append(id, records);
        }
        progress.advance(items.length);
      }
    }),
  );
  return tokens;
}

const tokensOf = (records: readonly AnswerRecord[]): number =>
  records.reduce((sum, { usage }) => sum + usage.promptTokens + usage.completionTokens, 0);

async function refuseAttacks(): Promise<LanguageModel> {
  throw new Error("a benchmark with attacks was begun without an attacker");
}

/** Judges every batch of answers that has no verdicts yet. */
async function judgeAll(
  context: Context,
  log: RecordLog<AnswerRecord>,
  { open }: Subject,
): Promise<BenchmarkJudge | undefined> {
  const { job, options, answers } = context;
  const { benchmark, progress, signal } = job;
  const byId = new Map(job.tasks.map((task) => [task.id, task]));
  const { total, batches } = batchesIn(context);
  progress.start(benchmark.id, "judge", total, "verdicts");
  return withModel(open, async (openJudge) => {
    const judge = benchmark.judge?.(await openJudge());
    for (const { id, items } of batches) {
      if (!log.isDone(id)) {
        const records = answers.batch(id);
        const toJudge = records.flatMap((record) => {
          const task = byId.get(record.itemId);
          return task?.toJudge === undefined ? [] : [{ id: record.id, ...task.toJudge(record.replies) }];
        });
        const found = await judge?.judge(toJudge, { seed: options.seed, signal });
        const verdicts = new Map(found?.map((verdict) => [verdict.id, verdict]));
        await log.append(
          id,
          records.map((record) => {
            const task = byId.get(record.itemId);
            const isJudged = judge !== undefined && task?.toJudge !== undefined;
            return isJudged ? withVerdict(record, task, verdicts.get(record.id), judge.hash) : record;
          }),
        );
      }
      progress.advance(items.length);
    }
    return judge;
  });
}

function summaryOf(
  { job, options: { samples }, temperature }: Context,
  records: readonly AnswerRecord[],
  judge: BenchmarkJudge | undefined,
): Omit<BenchmarkSummary, "seconds" | "tokens"> {
  const { benchmark, subject, versions, available, dropped } = job;
  const { id, version } = benchmark;
  const scored = records.map((record) => toScored(record, samples));
  const { items, metrics, by } = summarise(scored, benchmark.metrics, benchmark.derive);
  return {
    benchmark: id,
    version,
    title: benchmark.about.title,
    subject: subject.name,
    metric: contentHash({ benchmark: id, version, temperature, samples, judge: judge?.hash ?? null }),
    judge: judge === undefined ? null : nameJudge(judge),
    judges: judge?.parts?.map(nameJudge),
    data: versions.map(({ path, sha256, version }) => ({ path: basename(path), sha256, version })),
    available,
    dropped: dropped === undefined ? undefined : { ...dropped },
    samples,
    missing: countMissing(records),
    items,
    metrics: { ...metrics },
    by: { ...by },
  };
}

function nameJudge({ name, version, model, hash }: Omit<BenchmarkJudge, "judge">) {
  return { name, version, model, hash };
}

function countMissing(records: readonly AnswerRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { replies } of records) {
    for (const { missing } of replies) if (missing !== undefined) counts[missing] = (counts[missing] ?? 0) + 1;
  }
  return counts;
}
