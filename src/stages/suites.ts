import { basename, join } from "node:path";
import {
  type Answered,
  type Asked,
  ask,
  type Benchmark,
  type BenchmarkJudge,
  type FileVersion,
  type QuestionContext,
  type Render,
  recordOf,
  type Scored,
  type SuiteAnswerRecord,
  type SuiteSummary,
  scoredOf,
  suiteAnswerSchema,
  suiteSummarySchema,
  summarise,
  type Task,
  withVerdict,
} from "../evaluation/benchmark/index.ts";
import { type LanguageModel, withModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import { batchesOf, defineStage, type RecordLog, Run, readSummary } from "../runs/index.ts";
import { contentHash } from "../storage/index.ts";
import { startMeter } from "./meter.ts";

/** The answers to one benchmark, as they came ("answers") where a judge reads them afterwards. */
const suiteStage = defineStage({
  name: "evaluate",
  after: [],
  records: { records: suiteAnswerSchema, answers: suiteAnswerSchema },
});

/** A model under evaluation, or one that attacks or judges. */
export interface Subject {
  /** In records and tables: "initial", "sl-cai", "openai:gpt-4o-mini". */
  readonly name: string;
  /** What makes it the same model: a folder's hash, else its name. */
  readonly hash: string;
  open(): Promise<LanguageModel>;
  /** For models that take text alone. */
  readonly render?: Render | undefined;
}

export interface SuiteOptions {
  readonly seed: number;
  /** Items; all without. */
  readonly n?: number | undefined;
  /** Answers an item. */
  readonly samples: number;
  /** Default: the benchmark's own. */
  readonly temperature?: number | undefined;
  /** Items a batch: what an interruption costs. */
  readonly batch: number;
}

export const defaultSuiteOptions: SuiteOptions = { seed: 1, samples: 1, batch: 32 };

export interface SuiteJob {
  /** A run directory of its own for this model and this suite. */
  readonly folder: string;
  readonly benchmark: Benchmark;
  /** What is asked, of how many there are. */
  readonly tasks: readonly Task[];
  readonly available: number;
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
 * One benchmark on one model, as a run of its own: answers are kept as they come and judged afterwards, so that after any
 * interruption the same command continues. @throws PreceptError what the models, the data or the disk throw.
 */
export async function evaluateSuite(job: SuiteJob, options: SuiteOptions = defaultSuiteOptions): Promise<SuiteSummary> {
  const { benchmark, tasks, available, subject, attacker, judge, versions, folder, command, progress } = job;
  const temperature = options.temperature ?? benchmark.temperature;
  const read = {
    suite: [benchmark.id, benchmark.version],
    data: versions.map(({ sha256 }) => sha256),
    options: { ...options, temperature, n: options.n ?? null },
    subject: subject.hash,
    attacker: attacker?.hash ?? null,
    judge: judge?.hash ?? null,
  };
  const inputsHash = contentHash({ ...read, tasks: tasks.map(({ id }) => id) });
  const config = {
    suite: benchmark.id,
    subject: subject.name,
    n: options.n ?? null,
    samples: options.samples,
    temperature,
  };
  const manifest = { seed: options.seed, config, inputs: { data: contentHash(read.data), subject: subject.hash } };
  const run = await Run.open(folder, { kind: "evaluation", manifest, command });
  try {
    await run.stage(suiteStage, inputsHash, async (writer) => {
      const meter = startMeter({ parameters: null }, run.manifest.stages[suiteStage.name]?.seconds ?? 0);
      const log = await writer.records("records");
      const answers = judge === undefined ? log : await writer.records("answers");
      const context = { job, options, temperature, answers };
      const tokens = await answerAll(context, tasks);
      const judged = judge === undefined ? undefined : await judgeAll(context, tasks, log, judge);
      const records: SuiteAnswerRecord[] = [];
      for await (const record of log.all()) records.push(record);
      if (answers !== log) await answers.close();
      await log.close();
      const scored = records.map((record): Scored => scoredOf(record, options.samples));
      const metric = contentHash({
        suite: benchmark.id,
        version: benchmark.version,
        temperature,
        samples: options.samples,
        judge: judged?.hash ?? null,
      });
      writer.summary(
        suiteSummarySchema.parse({
          ...{
            suite: benchmark.id,
            version: benchmark.version,
            title: benchmark.about.title,
            subject: subject.name,
            metric,
          },
          judge: judged === undefined ? null : identityOf(judged),
          data: versions.map(({ path, sha256, version }) => ({ path: basename(path), sha256, version })),
          available,
          samples: options.samples,
          missing: countMissing(records),
          ...summarise(scored, benchmark.metrics, benchmark.derive),
          seconds: meter.cost().seconds,
          tokens,
        } satisfies SuiteSummary),
      );
    });
    progress.finish();
    return await readSummary(join(run.stageFolder(suiteStage.name), "summary.json"), suiteSummarySchema);
  } finally {
    await run.close();
  }
}

interface Context {
  readonly job: SuiteJob;
  readonly options: SuiteOptions;
  readonly temperature: number;
  readonly answers: RecordLog<SuiteAnswerRecord>;
}

interface Trial {
  readonly task: Task;
  readonly sample: number;
}

function trialsOf(tasks: readonly Task[], samples: number): Trial[] {
  return tasks.flatMap((task) => Array.from({ length: samples }, (_, sample) => ({ task, sample })));
}

/** Asks everything that is not in the log yet. @returns the tokens spent now. */
async function answerAll({ job, options, temperature, answers }: Context, tasks: readonly Task[]): Promise<number> {
  const { benchmark, subject, attacker, progress, signal } = job;
  const trials = trialsOf(tasks, options.samples);
  let tokens = 0;
  progress.start(benchmark.id, subject.name, trials.length, "answers");
  const optional = { signal };
  const common = { seed: options.seed, temperature, ...optional };
  const record = { benchmark, subject: subject.name, constitutionHash: job.constitutionHash ?? "", seed: options.seed };
  await withModel(subject.open, (openSubject) =>
    withModel(attacker?.open ?? noAttacker, async (openAttacker) => {
      for (const batch of batchesOf(benchmark.id, trials, options.batch)) {
        if (!answers.done(batch.id)) {
          const model = await openSubject();
          const attacks = await attackTexts(batch.items, openAttacker, common, attacker?.render);
          const asked = batch.items.map((trial, index) => ({
            trial,
            questions: trial.task.questions(contextOf(model, attacks[index])),
          }));
          const flat = asked.flatMap(({ trial: { task, sample }, questions }): Asked[] =>
            questions.map((question, place) => ({ id: `${benchmark.id}/${task.id}/${sample}/${place}`, question })),
          );
          const rendered = { render: subject.render };
          const replies = await ask(model, flat, { ...common, ...rendered });
          let next = 0;
          const records = asked.map(({ trial: { task, sample }, questions }, index) => {
            const own: Answered[] = replies.slice(next, next + questions.length);
            next += questions.length;
            return recordOf(record, task, sample, questions, own, attacks[index]);
          });
          for (const { usage } of records) tokens += usage.promptTokens + usage.completionTokens;
          await answers.append(batch.id, records);
        }
        progress.advance(batch.items.length);
      }
    }),
  );
  return tokens;
}

function contextOf({ capabilities }: LanguageModel, attack: string | undefined): QuestionContext {
  const canScore = capabilities.logprobs && capabilities.rawCompletion;
  return { canScore, attack };
}

async function attackTexts(
  trials: readonly Trial[],
  open: () => Promise<LanguageModel>,
  common: { readonly seed: number; readonly temperature: number; readonly signal?: AbortSignal | undefined },
  render: Render | undefined,
): Promise<readonly (string | undefined)[]> {
  const asked = trials.flatMap(({ task, sample }): Asked[] =>
    task.attack === undefined ? [] : [{ id: `attack/${task.id}/${sample}`, question: task.attack }],
  );
  if (asked.length === 0) return [];
  const replies = await ask(await open(), asked, { ...common, render });
  const texts = new Map(
    replies.flatMap(({ reply }, index): [string, string][] =>
      reply.ask === "generate" && reply.missing === undefined ? [[asked[index]?.id ?? "", reply.text]] : [],
    ),
  );
  return trials.map(({ task, sample }) => texts.get(`attack/${task.id}/${sample}`));
}

async function noAttacker(): Promise<LanguageModel> {
  throw new Error("a benchmark with attacks was begun without an attacker");
}

/** Judges every batch of answers that has no verdicts yet. */
async function judgeAll(
  { job, options, answers }: Context,
  tasks: readonly Task[],
  log: RecordLog<SuiteAnswerRecord>,
  { open }: Subject,
): Promise<BenchmarkJudge | undefined> {
  const { benchmark, progress, signal } = job;
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const trials = trialsOf(tasks, options.samples);
  const batches = batchesOf(benchmark.id, trials, options.batch);
  progress.start(benchmark.id, "judge", trials.length, "verdicts");
  return withModel(open, async (openJudge) => {
    const judge = benchmark.judge?.(await openJudge());
    for (const { id, items } of batches) {
      if (!log.done(id)) {
        const records = answers.batch(id);
        const call = { seed: options.seed, signal };
        const asked = records.flatMap((record) => {
          const task = byId.get(record.itemId);
          return task?.toJudge === undefined ? [] : [{ id: record.id, ...task.toJudge(record.replies) }];
        });
        const verdicts = new Map((await judge?.judge(asked, call))?.map((verdict) => [verdict.id, verdict]));
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

function identityOf({ name, version, model, hash }: BenchmarkJudge): SuiteSummary["judge"] {
  return { name, version, model, hash };
}

function countMissing(records: readonly SuiteAnswerRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { replies } of records) {
    for (const { missing } of replies) if (missing !== undefined) counts[missing] = (counts[missing] ?? 0) + 1;
  }
  return counts;
}
