import { join } from "node:path";
import type { Subject } from "../../evaluation/index.ts";
import { type LanguageModel, withModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { loadRecords } from "../../records/index.ts";
import { batchesOf, defineStage, finishBatches, Run } from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import type { Player } from "./ask.ts";
import { type HearOptions, hearQuestions } from "./hear.ts";
import type { DebateQuestion } from "./question.ts";
import { type HearingRecord, hearingRecordSchema } from "./records.ts";
import type { JudgeTemplates, SpeakerTemplates } from "./templates.ts";

const hearingsStage = defineStage({ name: "hearings", after: [], records: { records: hearingRecordSchema } });

export interface DebateSettings extends Omit<HearOptions, "signal" | "onUsage"> {
  /** Turns that are drawn for each that is given. */
  readonly bestOf: number;
}

/** A debate run: the questions, and who takes part. */
export interface DebateJob {
  /** Holds the records; the same job goes on there after any interruption. */
  readonly folder: string;
  readonly command: string;
  readonly of: string;
  readonly questions: readonly DebateQuestion[];
  /** One argues for both answers in turn; two change places. */
  readonly debaters: readonly [Subject] | readonly [Subject, Subject];
  readonly judge: Subject;
  /** Picks the best of several turns. Default: the judge. */
  readonly scorer?: Subject | undefined;
  readonly speaker: SpeakerTemplates;
  readonly judging: JudgeTemplates;
  /** Of the scorer. Default: as the judge is asked. */
  readonly scoring?: JudgeTemplates | undefined;
  /** Questions whose hearings go out together. */
  readonly batch: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Hears all questions; the records. @throws what the models and the disk throw; the run stays resumable. */
export async function runDebate(job: DebateJob, settings: DebateSettings): Promise<HearingRecord[]> {
  const { folder, command, of, questions, debaters, judge, scorer = judge, progress, signal } = job;
  const { bestOf, ...options } = settings;
  const config = { ...settings, conditions: [...settings.conditions], questions: questions.length };
  const key = contentHash({
    config,
    questions: questions.map((one) => ({ ...one, answers: [...one.answers] })),
    models: [...debaters, judge, scorer].map(({ hash }) => hash),
    templates: [job.speaker.version, job.judging.version, (job.scoring ?? job.judging).version],
  });
  const manifest = { of, seed: settings.seed, config, inputs: { hearings: key } };
  const run = await Run.open(folder, { kind: "debate", manifest, command });
  try {
    await run.stage(hearingsStage, key, async (writer) => {
      const log = await writer.records("records");
      const batches = batchesOf("hearings", questions, job.batch);
      progress.start("debate", "hearings", questions.length, "questions");
      await withPlayers([...debaters, judge, scorer], async (open) => {
        await finishBatches(
          log,
          batches,
          (items) => progress.advance(items),
          async (items) => {
            const [first, second] = debaters;
            const one = await open(first);
            const players = second === undefined ? ([one] as const) : ([one, await open(second)] as const);
            const ranked = { n: bestOf, scorer: await open(scorer), templates: job.scoring ?? job.judging };
            return hearQuestions(
              items,
              {
                ...{ debaters: players, judge: await open(judge), speaker: job.speaker, judging: job.judging },
                bestOf: bestOf > 1 ? ranked : undefined,
              },
              { ...options, signal },
            );
          },
        );
      });
      progress.finish();
      await log.close();
    });
    return await loadRecords(join(run.folder, "hearings", "records.jsonl"), hearingRecordSchema);
  } finally {
    await run.close();
  }
}

/** Opens each model when it first plays, one copy of the same, and disposes of all at the end. */
async function withPlayers(
  subjects: readonly Subject[],
  body: (open: (subject: Subject) => Promise<Player>) => Promise<void>,
): Promise<void> {
  const openers = new Map<string, () => Promise<LanguageModel>>();
  const nest = (rest: readonly Subject[]): Promise<void> => {
    const [next, ...others] = rest;
    if (next === undefined)
      return body(async (subject) => {
        const model = await (openers.get(subject.hash) ?? subject.open)();
        return { name: subject.name, model, render: subject.render };
      });
    if (openers.has(next.hash)) return nest(others);
    return withModel(next.open, (open) => {
      openers.set(next.hash, open);
      return nest(others);
    });
  };
  await nest(subjects);
}
