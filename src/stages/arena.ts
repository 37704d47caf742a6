import { join } from "node:path";
import { z } from "zod";
import { ask } from "../evaluation/benchmark/index.ts";
import {
  type Aim,
  type ArenaPrompt,
  type ArenaResult,
  arena,
  type Contestant,
  type JudgeOptions,
  type PairJudge,
  type PairVerdict,
} from "../evaluation/index.ts";
import { withModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import {
  batchesOf,
  defineStage,
  finishBatches,
  type RecordLog,
  Run,
  readSummary,
  type StageWriter,
} from "../runs/index.ts";
import { contentHash } from "../storage/index.ts";
import type { Subject } from "./suites.ts";

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

const answerSchema = z.object({
  id: z.string(),
  player: z.string(),
  prompt: z.string(),
  /** Null: the model gave no answer, and why. */
  text: z.string().nullable(),
  missing: z.string().optional(),
});
type AnswerLog = RecordLog<z.infer<typeof answerSchema>>;

const said = {
  id: z.string(),
  raw: z.string(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }),
};
const verdictSchema = z.discriminatedUnion("outcome", [
  z.object({
    ...said,
    outcome: z.literal("judged"),
    score: z.union([z.literal(0), z.literal(0.5), z.literal(1)]),
    probability: z.number(),
    flipped: z.boolean(),
    isSameText: z.boolean(),
  }),
  z.object({
    ...said,
    outcome: z.literal("undetermined"),
    reason: z.enum([
      "empty",
      "blocked",
      "judge-refused",
      "judge-blocked",
      "judge-truncated",
      "judge-failed",
      "unparsed",
    ]),
  }),
]);
const gameSchema = z.object({ id: z.string(), verdict: verdictSchema });
type GameLog = RecordLog<z.infer<typeof gameSchema>>;

type ArenaRecords = { answers: z.infer<typeof answerSchema>; games: z.infer<typeof gameSchema> };
const arenaStage = defineStage<ArenaRecords>({
  name: "evaluate",
  after: [],
  records: { answers: answerSchema, games: gameSchema },
});

const isResult = (value: unknown): boolean => typeof value === "object" && value !== null && "ratings" in value;
const summarySchema = z.object({ arena: z.array(z.custom<ArenaResult>(isResult)) });

/** What an arena reads: another player, request, judge or seed is another arena. */
export function arenaHash({ subjects, requests, judge, judgeHash, seed }: Omit<ArenaJob, "folder">): string {
  return contentHash({
    seed,
    judgeHash,
    players: subjects.map(({ name, hash }) => [name, hash]),
    aims: [...requests].map(([aim, list]) => [aim, judge(aim).hash, list.map(({ id, messages }) => [id, messages])]),
  });
}

/**
 * Every player's answers, then every game, each kept as it comes: after any interruption the same command continues, and
 * no game is lost or counted twice. @throws PreceptError what the models, the disk or `arena` throw; interrupted.
 */
export async function runArena(job: ArenaJob): Promise<readonly ArenaResult[]> {
  const { folder, subjects, requests, seed, command, progress } = job;
  const hash = arenaHash(job);
  const config = { arena: [...requests.keys()], players: subjects.map(({ name }) => name) };
  const run = await Run.open(folder, { kind: "arena", manifest: { seed, config, inputs: { arena: hash } }, command });
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
  const players = new Map(subjects.map(({ name }) => [name, new Map<string, string>()]));
  for await (const { player, prompt, text } of answers.all()) if (text !== null) players.get(player)?.set(prompt, text);
  const contestants = [...players].map(([name, own]): Contestant => ({ name, answers: own }));
  const games = await writer.records("games");
  const results: ArenaResult[] = [];
  for (const [aim, prompts] of requests) {
    const pairs = (prompts.length * subjects.length * (subjects.length - 1)) / 2;
    progress.start("arena", aim, pairs, "games");
    const options = { seed, batch: batchSize, signal };
    results.push(await arena(aim, contestants, prompts, keptJudge(judge(aim), aim, games, progress), options));
  }
  await answers.close();
  await games.close();
  return results;
}

async function answerAll(job: ArenaJob, { name, open, render }: Subject, log: AnswerLog): Promise<void> {
  const { requests, seed, progress, signal } = job;
  const prompts = [...requests.values()].flat();
  progress.start("arena", name, prompts.length, "answers");
  const options = {
    seed,
    temperature: 1,
    render,
    signal,
  };
  await withModel(open, (opened) =>
    finishBatches(
      log,
      batchesOf(name, prompts, batchSize),
      (n) => progress.advance(n),
      async (items) => {
        const asked = items.map(({ id, messages }) => ({
          id,
          question: { ask: "generate" as const, messages, maxTokens: 512 },
        }));
        const replies = await ask(await opened(), asked, options);
        return replies.map(({ reply }, i) => {
          const prompt = items[i]?.id ?? "";
          const missing = reply.missing ?? (reply.ask === "generate" ? undefined : "unparsable");
          const text = reply.ask === "generate" && missing === undefined ? reply.text : null;
          return { id: `${name}/${prompt}`, player: name, prompt, text, missing };
        });
      },
    ),
  );
}

/** The judge with a memory: games that were judged before are not judged again. */
function keptJudge(judge: PairJudge, aim: Aim, log: GameLog, progress: Progress): PairJudge {
  return {
    ...judge,
    async compare(pairs, options: JudgeOptions): Promise<PairVerdict[]> {
      const batch = `${aim}/${pairs[0]?.id}`;
      if (!log.done(batch)) {
        const verdicts = await judge.compare(pairs, options);
        await log.append(
          batch,
          verdicts.map((verdict) => ({ id: `${aim}/${verdict.id}`, verdict })),
        );
      }
      progress.advance(pairs.length);
      return log.batch(batch).map(({ verdict }) => verdict);
    },
  };
}
