import {
  critiqueRevisionChains,
  distilContexts,
  type FeedbackContext,
  ownPairs,
  type ReplayDocument,
  replayPair,
  respond,
  trainingPairs,
} from "../feedback/index.ts";
import { type LanguageModel, withModel } from "../language-model.ts";
import { omitUndefined } from "../omit-undefined.ts";
import type { PromptItem, PromptSource } from "../records/index.ts";
import { batchesFrom, batchesOf, finishBatches, type RecordLog, type StageWriter } from "../runs/index.ts";
import type { DataStageContext, ModelRole } from "./context.ts";
import { feedbackContext } from "./feedback-context.ts";
import type { Meter } from "./meter.ts";
import type { MethodOptions } from "./options.ts";
import { type SlCaiCounts, type SlCaiRecord, SlCaiTally } from "./sl-cai-counts.ts";

export interface SlCaiInputs {
  /** Answers to red-team prompts are criticised and revised; those to helpful ones too where the options say so. */
  readonly prompts: PromptSource;
  readonly initial: ModelRole;
  /** Criticises and revises. Default: the initial model itself, as in the paper. */
  readonly reviser?: ModelRole | undefined;
  readonly replay?: readonly ReplayDocument[] | undefined;
}

/** Both models, each opened when it is first asked. */
async function withModels<T>(
  initial: ModelRole,
  reviser: ModelRole | undefined,
  body: (open: () => Promise<LanguageModel>, openReviser: () => Promise<LanguageModel>) => Promise<T>,
): Promise<T> {
  return withModel(initial.open, (open) =>
    withModel((reviser ?? initial).open, (openReviser) => body(open, openReviser)),
  );
}

type Answering = (items: readonly PromptItem[], onShare: (share: number) => void) => Promise<SlCaiRecord[]>;

/** Responds, criticises and revises; the log is closed when this returns. */
export async function makeSlCaiRecords(
  context: DataStageContext,
  { prompts, initial, reviser, replay = [] }: SlCaiInputs,
  options: MethodOptions,
  writer: StageWriter<{ records: SlCaiRecord }>,
  meter: Meter,
): Promise<{ readonly log: RecordLog<SlCaiRecord>; readonly counts: SlCaiCounts }> {
  const { slCai, batchPrompts } = options;
  const { progress, templates, concurrency } = context;
  const log = await writer.records("records");
  const advance = (items: number): void => progress.advance(items);
  const ownReviser = reviser?.key === initial.key ? undefined : reviser;
  await withModels(initial, ownReviser, async (open, openReviser) => {
    const feedback = async (calls: number, onShare: (share: number) => void): Promise<FeedbackContext> =>
      feedbackContext(context, "sl-cai", { name: initial.name, model: await open() }, meter, { calls, onShare });
    const revising = async ({ onShare }: FeedbackContext): Promise<FeedbackContext | undefined> => {
      if (ownReviser === undefined) return undefined;
      const role = { name: ownReviser.name, model: await openReviser() };
      // One count of the calls of a batch, whoever answers them.
      return {
        ...feedbackContext(context, "sl-cai", role, meter, { calls: 1, onShare: () => undefined }),
        ...omitUndefined({ onShare }),
      };
    };
    const tellRecords = <T extends SlCaiRecord>(records: T[]): T[] => {
      context.onRecords?.(records);
      return records;
    };
    const what = slCai.source === "context-distillation" ? "answers under contexts" : "critique and revision";
    progress.start("sl-cai", what, prompts.sizes["red-team"] + prompts.sizes.helpful, "prompts");
    const calls = 1 + 2 * slCai.rounds + (slCai.reread ? 1 : 0);
    const revise: Answering = async (items, onShare) => {
      const answering = await feedback(calls, onShare);
      const chains = await critiqueRevisionChains(items, answering, slCai, await revising(answering));
      return [...chains, ...tellRecords(trainingPairs(chains, templates, slCai.revisions, slCai.reread))];
    };
    const distil: Answering = async (items, onShare) =>
      tellRecords(
        await distilContexts(items, await feedback(1, onShare), {
          sampling: slCai.sampling,
          plainSamples: slCai.helpfulSamples,
        }),
      );
    const isDistilled = slCai.source === "context-distillation";
    const redTeam = batchesFrom("red-team", prompts.items("red-team"), batchPrompts);
    await finishBatches(log, redTeam, advance, isDistilled ? distil : revise, initial.concurrency ?? concurrency);
    const helpful = batchesFrom("helpful", prompts.items("helpful"), batchPrompts);
    const answerHelpful: Answering = async (items, onShare) => {
      const answers = await respond(items, slCai.helpfulSamples, await feedback(1, onShare), slCai.sampling);
      return tellRecords([...answers, ...ownPairs(answers, templates, slCai.keepsCut ?? false)]);
    };
    const work = isDistilled ? distil : slCai.critiqued === "all" ? revise : answerHelpful;
    await finishBatches(log, helpful, advance, work, initial.concurrency ?? concurrency);
  });
  const origin = { stage: "sl-cai", constitutionHash: context.constitution.hash, templateVersion: templates.version };
  await finishBatches(
    log,
    batchesOf("replay", replay, 4096),
    () => undefined,
    async (items) => items.map((document) => replayPair(document, origin)),
  );
  await log.close();
  const tally = new SlCaiTally();
  for await (const record of log.all()) tally.add(record);
  const counts = tally.counts();
  const { breaks = 0, keeps = 0, unclear = 0 } = counts.findings;
  if (slCai.selection === "all" && unclear > 0 && breaks + keeps === 0) {
    progress.message("No critique states a verdict, so nothing was revised: these templates need --principles random.");
  }
  return { log, counts };
}
