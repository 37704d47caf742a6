import { join } from "node:path";
import { z } from "zod";
import {
  type AnswerRecord,
  aggregate,
  agreement,
  answerItems,
  answerSchema,
  calibrationSchema,
  checkpointNames,
  checkpointRatesSchema,
  comparePaired,
  type JudgedPair,
  judgeByReward,
  lengthStatistics,
  meanGoldReward,
  mostRepeated,
  type RoleSuite,
  type RoleTrialRecord,
  ratesByRevision,
  revisionChains,
  roleAccuracies,
  roleTrialSchema,
  type Suite,
} from "../evaluation/index.ts";
import { type FeedbackRecord, feedbackRecordSchema } from "../feedback/index.ts";
import { withModel } from "../language-model.ts";
import { loadRecords, SCHEMA_VERSION } from "../records/index.ts";
import { batchesOf, collect, defineStage, finishBatches, type RecordLog } from "../runs/index.ts";
import { calibration } from "../statistics/index.ts";
import { contentHash, hashFile, hashFolder } from "../storage/index.ts";
import { preferenceSchema } from "../training/index.ts";
import type { StageContext } from "./context.ts";
import type { Meter } from "./meter.ts";
import { type MethodOptions, paperMethod } from "./options.ts";
import { runStage, type StageResult } from "./run-stage.ts";
import { type EvaluateSummary, evaluateSummarySchema, type RlCaiSummary } from "./summaries.ts";
import { signalOf } from "./train.ts";

export interface EvaluateInputs {
  readonly suite: Suite;
  /** Whether the initial model can play its roles; measured first. */
  readonly roles?: RoleSuite;
  /** In the order of the method: "initial", "sl-cai", "rl-cai", and what else there is, e.g. "sl-cai-without-replay". */
  readonly checkpoints: readonly { readonly name: string; readonly folder: string }[];
  /** Policies kept by rl-cai, on which the gold reward's course is measured after the fact. */
  readonly kept?: RlCaiSummary["checkpoints"];
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
  after: ["sl-cai", "ai-feedback", "preference-model", "rl-cai"],
  records: { records: evaluateRecordSchema },
});

/**
 * Measures checkpoints after the fact, on a suite that no earlier stage has seen: nothing here reaches training. All
 * checkpoints answer the same items under the same seeds.
 * @throws PreceptError what the models or the disk throw; the stage stays resumable.
 */
export async function evaluate(
  context: StageContext,
  inputs: EvaluateInputs,
  options: MethodOptions = paperMethod,
): Promise<StageResult<EvaluateSummary>> {
  const { suite, roles, checkpoints, kept = [], records: sources = {} } = inputs;
  const hashes = await Promise.all(checkpoints.map(async ({ name, folder }) => [name, await hashFolder(folder)]));
  const files = Object.entries(sources).map(async ([name, path]) => [name, await hashFile(path)]);
  const read = {
    options: options.evaluate,
    batch: options.batchPrompts,
    suite: [suite.id, contentHash(suite.splits)],
    roles: roles?.id ?? null,
    checkpoints: hashes,
    kept,
    records: await Promise.all(files),
  };
  return runStage(context, evaluateStage, read, evaluateSummarySchema, async (writer, meter) => {
    const log = await writer.records("records");
    if (roles !== undefined) await playRoles(context, roles, log);
    for (const { name, folder } of checkpoints) {
      await answer(context, name, folder, suite, suite.splits, options, log, meter);
    }
    const { split, items } = options.evaluate.curve;
    const curve = (suite.splits[split] ?? []).slice(0, items);
    for (const { step, folder } of suite.reward === undefined ? [] : kept) {
      const path = join(context.run.stageFolder("rl-cai"), folder);
      await answer(context, keptName(step), path, suite, { [split]: curve }, options, log, meter);
    }
    const records = await collect(log);
    await log.close();
    return { ...meter.cost(), ...(await summarise(records, inputs)) };
  });
}

const keptName = (step: number): string => `rl-cai-step-${String(step).padStart(4, "0")}`;

async function answer(
  context: StageContext,
  checkpoint: string,
  folder: string,
  suite: Suite,
  splits: Suite["splits"],
  { batchPrompts, evaluate: { samples } }: MethodOptions,
  log: RecordLog<EvaluateRecord>,
  meter: Meter,
): Promise<void> {
  const { progress, templates, constitution, seed } = context;
  const total = Object.values(splits).reduce((sum, items) => sum + items.length * samples, 0);
  progress.start("evaluate", checkpoint, total, "answers");
  const advance = (n: number, cost?: { readonly tokens?: number | undefined }): void => {
    meter.sampled(cost?.tokens ?? 0);
    progress.advance(n, cost);
  };
  const settings = { templates, checkpoint, constitutionHash: constitution.hash, seed, samples, ...signalOf(context) };
  await withModel(
    () => context.load(folder),
    async (open) => {
      for (const [split, items] of Object.entries(splits)) {
        for (const batch of batchesOf(`${checkpoint}/${split}`, items, batchPrompts)) {
          if (log.done(batch.id)) progress.advance(batch.items.length * samples);
          else
            await log.append(
              batch.id,
              await answerItems(await open(), suite, split, batch.items, { ...settings, progress: { advance } }),
            );
        }
      }
    },
  );
}

/** All trials are one batch: a role suite draws its own. */
async function playRoles(context: StageContext, roles: RoleSuite, log: RecordLog<EvaluateRecord>): Promise<void> {
  const { progress, constitution, templates, seed } = context;
  progress.start("evaluate", "roles of the initial model", 1, "role tables");
  await withModel(
    () => context.load(context.initial),
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

async function summarise(records: readonly EvaluateRecord[], inputs: EvaluateInputs): Promise<Summarised> {
  const { suite, checkpoints, kept = [], records: sources = {} } = inputs;
  const trials = records.filter((record) => record.type === "role-trial");
  const answers = Map.groupBy(
    records.filter((record) => record.type === "answer"),
    ({ checkpoint }) => checkpoint,
  );
  const of = (name: string): AnswerRecord[] => answers.get(name) ?? [];
  const hasGold = suite.reward !== undefined;
  const inOrder = checkpointNames.filter((name) => answers.has(name));
  const splits = Object.entries(suite.splits).flatMap(([split, items]) => (items.length > 1 ? [split] : []));
  const inSplit = (name: string, split: string): AnswerRecord[] => of(name).filter((record) => record.split === split);
  return {
    counts: { answers: records.length - trials.length, roleTrials: trials.length },
    roles: Object.fromEntries(Object.entries(roleAccuracies(trials)).map(([role, rows]) => [role, { ...rows }])),
    checkpoints: Object.fromEntries(
      checkpoints.map(({ name }) => [name, checkpointRatesSchema.parse(aggregate(of(name)))]),
    ),
    gold: Object.fromEntries(
      checkpoints.map(({ name }) => [
        name,
        Object.fromEntries(hasGold ? splits.map((split) => [split, meanGoldReward(inSplit(name, split))]) : []),
      ]),
    ),
    goldReward: kept.flatMap(({ folder: _folder, ...policy }) => {
      const own = of(keptName(policy.step));
      return own.length < 2 ? [] : [{ ...policy, gold: meanGoldReward(own) }];
    }),
    paired: inOrder.slice(1).flatMap((checkpoint, index) => {
      const baseline = inOrder[index];
      if (baseline === undefined || !hasGold) return [];
      return splits.map((split) => ({
        checkpoint,
        baseline,
        split,
        difference: comparePaired(inSplit(checkpoint, split), inSplit(baseline, split)),
      }));
    }),
    texts: Object.fromEntries(
      checkpoints.map(({ name }) => {
        const texts = of(name).map(({ response }) => response);
        return [name, { meanWords: lengthStatistics(texts)?.mean ?? 0, mostRepeated: mostRepeated(texts) }];
      }),
    ),
    ...(await againstGold(suite, sources)),
  };
}

/** Revision number against harm, and labels and scores against the gold reward, from the records of earlier stages. */
async function againstGold(
  suite: Suite,
  sources: NonNullable<EvaluateInputs["records"]>,
): Promise<Partial<Summarised>> {
  const load = (path: string | undefined): Promise<FeedbackRecord[]> =>
    path === undefined ? Promise.resolve([]) : loadRecords(path, feedbackRecordSchema);
  const chains = await load(sources.slCai);
  const redTeam = chains.filter((record) => record.type === "response").filter(({ kind }) => kind === "red-team");
  const revisions = ratesByRevision(
    revisionChains(
      redTeam,
      chains.filter((record) => record.type === "revision"),
    ),
    suite,
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
  const scored = preferences.flatMap((record): JudgedPair[] => {
    if (record.split !== "held-out") return [];
    const pair = pairs.get(record.parents[0] ?? "");
    return pair === undefined ? [] : [{ ...pair, probability: record.probability }];
  });
  const labels = judgement([...pairs.values()], suite);
  const preferenceModel = judgement(scored, suite);
  return {
    ...(revisions.length === 0 ? {} : { revisions }),
    labels,
    preferenceModel,
  };
}

function judgement(pairs: readonly JudgedPair[], suite: Suite): EvaluateSummary["labels"] {
  if (suite.reward === undefined) return undefined;
  const { judged, ties } = judgeByReward(pairs, (item, response) => suite.reward?.(item, response) ?? 0);
  const rate = agreement(judged);
  return rate === undefined
    ? undefined
    : { agreement: rate, calibration: calibrationSchema.parse(calibration(judged)), ties };
}
