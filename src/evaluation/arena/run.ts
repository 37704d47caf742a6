import { join } from "node:path";
import { z } from "zod";
import { withModel } from "../../language-model.ts";
import type { Progress } from "../../progress/index.ts";
import { SCHEMA_VERSION } from "../../records/index.ts";
import {
  batchesOf,
  defineStage,
  finishBatches,
  type RecordLog,
  Run,
  readSummary,
  type StageWriter,
} from "../../runs/index.ts";
import { contentHash } from "../../storage/index.ts";
import { answerTrials, type Subject, type Task, trialsOf } from "../benchmark/index.ts";
import type { Aim, PairJudge, PairVerdict } from "../judges/index.ts";
import { type AnswerRecord, answerSchema } from "../records.ts";
import {
  type ArenaPrompt,
  type ArenaResult,
  arena,
  type Match,
  type MatchJudge,
  type SubjectAnswers,
} from "./arena.ts";
import { type GameRecord, gameSchema } from "./records.ts";

/** Requests by what is compared on them. */
export type ArenaRequests = ReadonlyMap<Aim, readonly ArenaPrompt[]>;

export interface ArenaJob {
  /** A run directory of its own. */
  readonly folder: string;
  readonly subjects: readonly Subject[];
  readonly requests: ArenaRequests;
  readonly judge: (aim: Aim) => PairJudge;
  /** Called once when there is anything to do, before the first answer: a judge that cannot be asked is known early. */
  readonly openJudge?: (() => Promise<unknown>) | undefined;
  /** What makes it the same judge besides its own hash: that of its checkpoint, or its name. */
  readonly judgeHash: string;
  readonly seed: number;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** Answers that are asked for, and games that are judged, at once: what an interruption costs. */
const batchSize = 32;
const longestAnswer = 512;

/** The subjects' answers, and the judged games between them. */
export const arenaStage = defineStage({
  name: "arena",
  after: [],
  records: { answers: answerSchema, games: gameSchema },
});
type ArenaRecords = { answers: AnswerRecord; games: GameRecord };

const isResult = (value: unknown): boolean => typeof value === "object" && value !== null && "ratings" in value;
const summarySchema = z.object({ arena: z.array(z.custom<ArenaResult>(isResult)) });

/** What an arena reads: another subject, request, judge or seed is another arena. */
export function arenaHash({
  subjects,
  requests,
  judge,
  judgeHash,
  seed,
}: Pick<ArenaJob, "subjects" | "requests" | "judge" | "judgeHash" | "seed">): string {
  return contentHash({
    seed,
    judgeHash,
    subjects: subjects.map(({ name, hash }) => [name, hash]),
    aims: [...requests].map(([aim, list]) => [aim, judge(aim).hash, list.map(({ id, messages }) => [id, messages])]),
  });
}

/**
 * Every subject's answers, then every game, each kept as it comes: after any interruption the same command continues, and
 * no game is lost or counted twice. @throws PreceptError what the models, the disk or `arena` throw; interrupted.
 */
export async function runArena(job: ArenaJob): Promise<readonly ArenaResult[]> {
  const { folder, subjects, requests, seed, command, progress } = job;
  const hash = arenaHash(job);
  const config = { arena: [...requests.keys()], subjects: subjects.map(({ name }) => name) };
  const of = `${config.arena.join(", ")}: ${config.subjects.join(", ")}`;
  const run = await Run.open(folder, {
    kind: "arena",
    manifest: { of, seed, config, inputs: { arena: hash } },
    command,
  });
  try {
    const outcome = await run.stage(arenaStage, hash, async (writer) => {
      const results = await play(job, writer);
      writer.summary({ arena: results });
      return results;
    });
    if (outcome !== "unchanged") return outcome;
    return (await readSummary(join(run.stageFolder(arenaStage.name), "summary.json"), summarySchema)).arena;
  } finally {
    progress.finish();
    await run.close();
  }
}

async function play(job: ArenaJob, writer: StageWriter<ArenaRecords>): Promise<ArenaResult[]> {
  const { subjects, requests, judge, openJudge, seed, progress, signal } = job;
  await openJudge?.();
  const answers = await writer.records("answers");
  for (const subject of subjects) await answerAll(job, subject, answers);
  const texts = new Map(subjects.map(({ name }) => [name, new Map<string, string>()]));
  for await (const { subject, itemId, response, replies } of answers.all()) {
    if (replies.every(({ missing }) => missing === undefined)) texts.get(subject)?.set(itemId, response);
  }
  const answered = [...texts].map(([name, own]): SubjectAnswers => ({ name, answers: own }));
  const games = await writer.records("games");
  const results: ArenaResult[] = [];
  for (const [aim, prompts] of requests) {
    const pairs = (prompts.length * subjects.length * (subjects.length - 1)) / 2;
    progress.start("arena", aim, pairs, "games");
    const options = { seed, batch: batchSize, signal };
    results.push(await arena(aim, answered, prompts, keepGames(judge(aim), aim, games, progress), options));
  }
  await answers.close();
  await games.close();
  return results;
}

async function answerAll(job: ArenaJob, subject: Subject, log: RecordLog<AnswerRecord>): Promise<void> {
  const { requests, seed, progress, signal } = job;
  const tasks = [...requests].flatMap(([aim, prompts]) => prompts.map((prompt) => taskOf(aim, prompt)));
  progress.start("arena", subject.name, tasks.length, "answers");
  const how = {
    stage: arenaStage.name,
    benchmark: { id: "arena" },
    subject,
    templateVersion: "arena-1",
    constitutionHash: "",
    seed,
    temperature: 1,
    signal,
  };
  await withModel(subject.open, (open) =>
    finishBatches(
      log,
      batchesOf(subject.name, tasks, batchSize),
      (n) => progress.advance(n),
      async (items) => answerTrials(await open(), trialsOf(items, 1), how),
    ),
  );
}

function taskOf(aim: Aim, { id, messages }: ArenaPrompt): Task {
  return {
    id,
    groups: { aim },
    questions: () => [{ ask: "generate", messages, maxTokens: longestAnswer }],
    score: () => ({}),
  };
}

/** The judge with a memory: games that were judged before are not judged again. */
function keepGames(judge: PairJudge, aim: Aim, log: RecordLog<GameRecord>, progress: Progress): MatchJudge {
  return {
    ...judge,
    async compare(matches, options) {
      const batch = `${aim}/${matches[0]?.id}`;
      if (!log.isDone(batch)) {
        const verdicts = await judge.compare(matches, options);
        const games = matches.flatMap((match, i): GameRecord[] => {
          const verdict = verdicts[i];
          return verdict === undefined ? [] : [gameOf(judge, aim, match, verdict, options.seed)];
        });
        await log.append(batch, games);
      }
      progress.advance(matches.length);
      return log.batch(batch).map(({ verdict }) => verdict);
    },
  };
}

function gameOf(judge: PairJudge, aim: Aim, match: Match, verdict: PairVerdict, seed: number): GameRecord {
  const { id, prompt, first, second } = match;
  const answerOf = (subject: string): string => `${arenaStage.name}/${subject}/arena/${prompt}/000`;
  return {
    type: "game",
    schemaVersion: SCHEMA_VERSION,
    id: `${arenaStage.name}/${aim}/${id}`,
    parents: [answerOf(first), answerOf(second)],
    principleId: null,
    constitutionHash: "",
    templateVersion: `${judge.name}-${judge.version}`,
    model: judge.model ?? judge.name,
    seed,
    aim,
    itemId: prompt,
    first,
    second,
    verdict,
  };
}
