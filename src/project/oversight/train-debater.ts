import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { withModel } from "../../language-model.ts";
import { type Bench, playForTurns, winningScore } from "../../oversight/index.ts";
import { messageSchema } from "../../records/index.ts";
import { batchesOf, collect, finishBatches, RecordLog } from "../../runs/index.ts";
import { mean } from "../../statistics/index.ts";
import { checkpointPlace, contentHash, makeFolder } from "../../storage/index.ts";
import { checkpointOfRun } from "../guard/open-run-guard.ts";
import { trainToEnd } from "../train-to-end.ts";
import { type DebateRequest, questionsOf } from "./debate.ts";
import { openDebate } from "./open-debate.ts";

/** Self-play as a person asks for it. */
export interface DebaterTraining extends DebateRequest {
  readonly rounds: number;
  /** Turns that are drawn for each, of which the best is learned from. */
  readonly samples: number;
  readonly temperature: number;
  readonly seed: number;
}

export interface TrainedDebater {
  readonly checkpoint: string;
  /** Turns that were learned from. */
  readonly turns: number;
  /** P(its side is right) by the judge: of the best turns, and of the worst in their places. */
  readonly score: number;
  readonly least: number;
}

const winningTurnSchema = z.object({
  id: z.string().min(1),
  prompt: z.union([z.string(), z.array(messageSchema)]),
  completion: z.string(),
  ...{ score: z.number(), least: z.number() },
});

const batchQuestions = 25;

/**
 * Trains a debater on the turns by which it convinced the judge in play against itself. SFT on winning turns, and not DPO or RL: the
 * turns are the debater's own, so that imitating the best of them is a step of improvement without a reference model, and any trainer
 * can take it. @throws PreceptError as `openDebate`, and what models, trainer and disk throw.
 */
export async function trainDebater(request: DebaterTraining): Promise<TrainedDebater> {
  const { debater, rounds, samples, temperature, seed, progress, signal } = request;
  const initial = trainableCheckpoint(debater);
  const opened = await openDebate(request);
  const { isHarbor, debaters, judge, templates, close } = opened;
  const [own] = debaters;
  const questions = await questionsOf(request, { isHarbor, seed, use: "training" });
  const options = { rounds, samples, temperature, seed };
  const key = contentHash({
    ...{ options, winningScore, templates: templates.speaker.version },
    questions: questions.map((one) => ({ ...one, answers: [...one.answers] })),
    models: [own.hash, judge.hash],
  }).slice(0, 8);
  const folder = join(opened.folder, "debater", key);
  makeFolder(folder);
  const log = RecordLog.open(folder, "turns", winningTurnSchema);
  try {
    progress.start("debate", "self-play", questions.length, "questions");
    await withModel(own.open, (openOwn) =>
      withModel(judge.open, (openJudge) =>
        finishBatches(
          log,
          batchesOf("turns", questions, batchQuestions),
          (items) => progress.advance(items),
          async (items) => {
            const player = { name: own.name, render: own.render, model: await openOwn() };
            const deciding = { name: judge.name, render: judge.render, model: await openJudge() };
            const { speaker, judging } = templates;
            const bench: Bench = { debaters: [player], judge: deciding, speaker, judging };
            const turns = await playForTurns(items, bench, { ...options, signal });
            return turns.map(({ prompt, ...turn }) => ({
              ...turn,
              prompt: typeof prompt === "string" ? prompt : [...prompt],
            }));
          },
        ),
      ),
    );
    progress.finish();
    const turns = await collect(log);
    const checkpoint = await trainToEnd(
      {
        ...{ objective: "sft", seed, signal, epochs: 2, learningRate: 3e-4 },
        ...{ initial, output: join(folder, "trained") },
        examples: turns.map(({ id, prompt, completion }) => ({ id, prompt, completion })),
      },
      progress,
      { stage: "debate", label: "the debater learns" },
    );
    const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : mean(values));
    return {
      checkpoint,
      turns: turns.length,
      score: meanOf(turns.map(({ score }) => score)),
      least: meanOf(turns.map(({ least }) => least)),
    };
  } finally {
    log.release();
    close();
  }
}

/** @throws PreceptError usage for a model that no trainer of this machine takes, before any turn is asked for. */
function trainableCheckpoint(debater: string): string {
  const folder = checkpointPlace(checkpointOfRun(debater.replace(/^local:/, "")));
  if (existsSync(join(folder, "config.json"))) return folder;
  throw new PreceptError("usage", {
    attempted: `Training ${debater} as a debater`,
    found: "no checkpoint of this machine",
    expected:
      "a run, RUN@CHECKPOINT, or a checkpoint folder: what runs elsewhere, or is a GGUF file, is not trained here",
    remedy: "precept convert FILE.gguf, which makes a folder of a GGUF file",
  });
}
