import { join } from "node:path";
import { z } from "zod";
import {
  type AnswerOptions,
  type AnswerRecord,
  agreement,
  answerSchema,
  answerTrials,
  type Benchmark,
  calibrationSchema,
  checkpointNames,
  checkpointRatesSchema,
  findMostRepeated,
  hashTasks,
  type JudgedPair,
  judgeByReward,
  lengthStatistics,
  measuresBySplit,
  pairedDifferenceOf,
  type RoleSuite,
  type RoleTrialRecord,
  ratesByRevision,
  revisionChains,
  roleAccuracies,
  roleTrialSchema,
  type Task,
  trialsOf,
} from "../evaluation/index.ts";
import { type FeedbackRecord, feedbackRecordSchema } from "../feedback/index.ts";
import { type Message, withModel } from "../language-model.ts";
import { loadRecords, SCHEMA_VERSION } from "../records/index.ts";
import { batchesOf, collect, defineStage, finishBatches, type RecordLog } from "../runs/index.ts";
import { attempt, calibration } from "../statistics/index.ts";
import { hashFile, hashModel } from "../storage/index.ts";
import { preferenceSchema } from "../training/index.ts";
import type { StageContext } from "./context.ts";
import {
  chooseCurve,
  type KeptPolicies,
  keptName,
  measureRewards,
  scoreKept,
  sideOf,
  splitOf,
} from "./kept-policies.ts";
import { type Meter, meterModel } from "./meter.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type EvaluateSummary, evaluateSummarySchema } from "./summaries.ts";
import { signalOf } from "./train.ts";

export interface EvaluateInputs extends KeptPolicies {
  /** Loads no files: what an embedded world, or a project, measures its checkpoints on. */
  readonly benchmark: Benchmark;
  /** Whether the initial model can play its roles; measured first. */
  readonly roles?: RoleSuite;
  /** In the order of the method: "initial", "sl-cai", "rl-cai", and what else there is, e.g. "sl-cai-without-replay". */
  readonly checkpoints: readonly { readonly name: string; readonly folder: string }[];
  /** records.jsonl of the stages before, where they were run: for revisions against harm, and labels against gold. */
  readonly records?: {
    readonly slCai?: string;
    readonly aiFeedback?: string;
    readonly preferenceModel?: string;
  };
}

const evaluateRecordSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);
type EvaluateRecord = z.infer<typeof evaluateRecordSchema>;

/** Every checkpoint's answers to the evaluation's items. */
export const evaluateStage = defineStage({
  name: "evaluate",
  after: ["sl-cai", "ai-feedback", "dpo", "preference-model", "rl-cai"],
  records: { records: evaluateRecordSchema },
});

/**
 * Measures checkpoints after the fact, on a benchmark that no earlier stage has seen: nothing here reaches training. All
 * checkpoints answer the same items under the same seeds.
 * @throws PreceptError what the models or the disk throw; the stage stays resumable.
 */
export async function evaluate(
  context: StageContext,
  inputs: EvaluateInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<EvaluateSummary>> {
  const { benchmark, roles, checkpoints, kept = [], preferenceModel, records: sources = {} } = inputs;
  const tasks = await Array.fromAsync(benchmark.load([]));
  const hashes = await Promise.all(checkpoints.map(async ({ name, folder }) => [name, await hashModel(folder)]));
  const files = Object.entries(sources).map(async ([name, path]) => [name, await hashFile(path)]);
  const read = {
    options: options.evaluate,
    batch: options.batchPrompts,
    benchmark: [benchmark.id, benchmark.version, hashTasks(tasks)],
    roles: roles?.id ?? null,
    checkpoints: hashes,
    kept,
    preferenceModel: preferenceModel && [await hashModel(preferenceModel.checkpoint), preferenceModel.meanScore],
    records: await Promise.all(files),
  };
  return runStage(context, evaluateStage, read, evaluateSummarySchema, async (writer, meter) => {
    const log = await writer.records("records");
    if (roles !== undefined) await playRoles(context, roles, log, meter);
    const job = { context, benchmark, options, log, meter };
    for (const { name, folder } of checkpoints) await answer(job, { name, folder }, tasks);
    const curve = chooseCurve(tasks, options.evaluate.curve);
    for (const { step, folder } of measuresGold(benchmark) ? kept : []) {
      await answer(job, { name: keptName(step), folder: join(context.run.stageFolder("rl-cai"), folder) }, curve);
    }
    const records = await collect(log);
    await log.close();
    const rewards = await scoreKept(
      context,
      inputs,
      records.filter((record) => record.type === "answer"),
      meter,
    );
    return { ...meter.cost(), ...(await summariseAll(records, inputs, options, rewards)) };
  });
}

const measuresGold = ({ metrics }: Benchmark): boolean => metrics["goldReward"] !== undefined;

interface AnswerJob {
  readonly context: StageContext;
  readonly benchmark: Benchmark;
  readonly options: MethodOptions;
  readonly log: RecordLog<EvaluateRecord>;
  readonly meter: Meter;
}

async function answer(
  { context, benchmark, options, log, meter }: AnswerJob,
  { name, folder }: { readonly name: string; readonly folder: string },
  tasks: readonly Task[],
): Promise<void> {
  const { progress, templates, constitution, seed, signal } = context;
  const { batchPrompts } = options;
  const { samples } = options.evaluate;
  progress.start("evaluate", name, tasks.length * samples, "answers");
  const how: AnswerOptions = {
    stage: evaluateStage.name,
    benchmark,
    subject: { name, render: (messages) => templates.response(messages) },
    templateVersion: templates.version,
    constitutionHash: constitution.hash,
    seed,
    temperature: benchmark.temperature,
    mustAnswer: true,
    signal,
    advance: progress.advance,
  };
  await withModel(
    async () => meterModel(await context.load(folder), meter),
    async (open) => {
      for (const [split, own] of Map.groupBy(tasks, splitOf)) {
        for (const batch of batchesOf(`${name}/${split}`, own, batchPrompts)) {
          if (log.isDone(batch.id)) progress.advance(batch.items.length * samples);
          else await log.append(batch.id, await answerTrials(await open(), trialsOf(batch.items, samples), how));
        }
      }
    },
  );
}

/** All trials are one batch: a role suite draws its own. */
async function playRoles(
  context: StageContext,
  roles: RoleSuite,
  log: RecordLog<EvaluateRecord>,
  meter: Meter,
): Promise<void> {
  const { progress, constitution, templates, seed } = context;
  progress.start("evaluate", "roles of the initial model", 1, "table");
  await withModel(
    async () => meterModel(await context.load(context.initial), meter),
    (open) =>
      finishBatches(
        log,
        [{ id: "roles", items: [roles] }],
        (items) => progress.advance(items),
        async () => {
          const trials: RoleTrialRecord[] = [];
          for await (const { role, condition, correct } of roles.measure(await open(), {
            seed,
            ...signalOf(context),
          })) {
            trials.push({
              type: "role-trial",
              schemaVersion: SCHEMA_VERSION,
              id: `evaluate/roles/${String(trials.length).padStart(6, "0")}`,
              parents: [],
              principleId: null,
              constitutionHash: constitution.hash,
              templateVersion: templates.version,
              model: "initial",
              seed,
              role,
              condition,
              correct,
            });
          }
          return trials;
        },
      ),
  );
}

type Summarised = Omit<EvaluateSummary, "seconds" | "tokens" | "tokensPerSecond" | "gflops">;

async function summariseAll(
  records: readonly EvaluateRecord[],
  { benchmark, checkpoints, kept = [], records: sources = {} }: EvaluateInputs,
  { evaluate: { samples } }: MethodOptions,
  rewards: ReadonlyMap<string, number>,
): Promise<Summarised> {
  const trials = records.filter((record) => record.type === "role-trial");
  const answers = Map.groupBy(
    records.filter((record) => record.type === "answer"),
    ({ subject }) => subject,
  );
  const of = (name: string): AnswerRecord[] => answers.get(name) ?? [];
  const inOrder = checkpointNames.filter((name) => answers.has(name));
  return {
    counts: { answers: records.length - trials.length, roleTrials: trials.length },
    roles: Object.fromEntries(Object.entries(roleAccuracies(trials)).map(([role, rows]) => [role, { ...rows }])),
    checkpoints: Object.fromEntries(
      checkpoints.map(({ name }) => [name, checkpointRatesSchema.parse(measuresBySplit(of(name), benchmark, samples))]),
    ),
    goldReward: kept.flatMap(({ step, klNats }) => {
      const own = of(keptName(step));
      const whole = measureRewards(own, samples, rewards);
      const sides = [...Map.groupBy(own, sideOf)].flatMap(([side, part]) => {
        const both = measureRewards(part, samples, rewards);
        return both === undefined ? [] : [[side, both] as const];
      });
      const bySide = sides.length > 1 ? Object.fromEntries(sides) : undefined;
      return whole === undefined ? [] : [{ step, klNats, ...whole, bySide }];
    }),
    paired: inOrder.slice(1).flatMap((checkpoint, index) => {
      const baseline = inOrder[index];
      if (baseline === undefined || !measuresGold(benchmark)) return [];
      return [...Map.groupBy(of(checkpoint), splitOf)].flatMap(([split, own]) => {
        const before = of(baseline).filter((record) => splitOf(record) === split);
        const sides = [...new Set(own.map(sideOf))].sort();
        return [undefined, ...(sides.length > 1 ? sides : [])].flatMap((side) => {
          const isOn = (record: AnswerRecord): boolean => side === undefined || sideOf(record) === side;
          const found = attempt(() => pairedDifferenceOf("goldReward", own.filter(isOn), before.filter(isOn)));
          return found.outcome === "estimated" ? [{ checkpoint, baseline, split, side, difference: found.value }] : [];
        });
      });
    }),
    texts: Object.fromEntries(
      checkpoints.map(({ name }) => {
        const texts = of(name).map(({ response }) => response);
        return [name, { meanWords: lengthStatistics(texts)?.mean ?? 0, mostRepeated: findMostRepeated(texts) }];
      }),
    ),
    ...(await againstGold(benchmark, sources)),
  };
}

/** Revision number against harm, and labels and scores against the gold reward, from the records of earlier stages. */
async function againstGold(
  benchmark: Benchmark,
  sources: NonNullable<EvaluateInputs["records"]>,
): Promise<Partial<Summarised>> {
  const { grade } = benchmark;
  if (grade === undefined) return {};
  const load = (path: string | undefined): Promise<FeedbackRecord[]> =>
    path === undefined ? Promise.resolve([]) : loadRecords(path, feedbackRecordSchema);
  const chains = await load(sources.slCai);
  const redTeam = chains.filter((record) => record.type === "response").filter(({ kind }) => kind === "red-team");
  const revisions = ratesByRevision(
    revisionChains(
      redTeam,
      chains.filter((record) => record.type === "revision"),
    ),
    grade,
  );
  const feedback = await load(sources.aiFeedback);
  const messages = new Map(
    feedback.flatMap((record) => (record.type === "response" ? [[record.id, record.messages]] : [])),
  );
  const comparisons = feedback.filter((record) => record.type === "comparison");
  const pairs = new Map(
    comparisons.flatMap(({ id, promptId, parents, responses, raw }): [string, JudgedPair][] => {
      const said = messages.get(parents[0] ?? "");
      return said === undefined ? [] : [[id, { item: { id: promptId, messages: said }, responses, probability: raw }]];
    }),
  );
  const path = sources.preferenceModel;
  const preferences = path === undefined ? [] : await loadRecords(path, preferenceSchema);
  const scoreOf = preferences.flatMap((record): JudgedPair[] => {
    if (record.split !== "held-out") return [];
    const pair = pairs.get(record.parents[0] ?? "");
    return pair === undefined ? [] : [{ ...pair, probability: record.probability }];
  });
  const labels = judgement([...pairs.values()], benchmark);
  const preferenceModel = judgement(scoreOf, benchmark);
  return {
    ...(revisions.length === 0 ? {} : { revisions }),
    labels,
    preferenceModel,
  };
}

function judgement(pairs: readonly JudgedPair[], benchmark: Benchmark): EvaluateSummary["labels"] {
  const { grade } = benchmark;
  if (grade === undefined || !measuresGold(benchmark)) return undefined;
  const goldOf = (messages: readonly Message[], response: string) => grade(messages, response)["goldReward"];
  const graded = pairs.filter(({ item, responses }) =>
    responses.every((response) => typeof goldOf(item.messages, response) === "number"),
  );
  const { judged, ties } = judgeByReward(graded, (messages, response) => Number(goldOf(messages, response)));
  const rate = agreement(judged);
  return rate === undefined
    ? undefined
    : { agreement: rate, calibration: calibrationSchema.parse(calibration(judged)), ties };
}
