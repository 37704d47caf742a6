import { basename, join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { findSubjects } from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import {
  chatJudge,
  chatSpeaker,
  type DebateFigures,
  type DebateJob,
  type DebateQuestion,
  type DebateSettings,
  keepDebate,
  readDebateQuestions,
  runDebate,
  summariseHearings,
} from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { contentHash, toFileName } from "../../storage/index.ts";
import { drawDebateQuestions, harborJudge, harborSpeaker } from "../../worlds/harbor/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "../meter-roles.ts";
import { findNamed, nameOf } from "../redteam.ts";

/** A debate as a person asks for it: models by name. */
export interface DebateRequest extends RoleBudget {
  /** Who debates: a run, RUN@CHECKPOINT, or any model. */
  readonly debater: string;
  /** Argues the other side, and changes places with the first. Default: the first argues both. */
  readonly opponent?: string | undefined;
  /** Default on harbor: the checkpoint that all of its runs begin with. */
  readonly judge?: string | undefined;
  /** Picks the best of several turns. Default: the judge. */
  readonly scorer?: string | undefined;
  /** A file of questions; on harbor they are drawn. */
  readonly questions?: string | undefined;
  /** Questions that are drawn on harbor, or the first of the file. */
  readonly count?: number | undefined;
  readonly out?: string | undefined;
  readonly env: Env;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface HeldDebate extends DebateFigures {
  /** Where the figures stand. */
  readonly folder: string;
  /** Where every hearing stands. */
  readonly records: string;
  readonly debaters: readonly string[];
  readonly judge: string;
}

const drawnCount = 200;
/** A small local engine is fast in large batches; questions of a model of billions are long, and few are lost by a kill. */
const batchOnHarbor = 50;
const batchElsewhere = 4;

/** Holds a debate, or goes on with it, and keeps its figures. @throws PreceptError usage, input-invalid; what models and disk throw. */
export async function holdDebate(request: DebateRequest, settings: DebateSettings): Promise<HeldDebate> {
  const { debater, opponent, scorer, command, progress, signal, env, maxCost, prices } = request;
  const found = await findSubjects(debater, [harborWorld]);
  const own = found.subjects.at(-1);
  if (own === undefined) throw new RangeError(`${debater} stands for no model`);
  const isHarbor = found.world !== undefined;
  const judge = request.judge ?? (isHarbor ? harborWorld.initial : undefined);
  if (judge === undefined) throw noJudge(debater);
  const questions = await questionsOf(request, isHarbor, settings.seed);
  const named = {
    debater: { ...own, name: nameOf(debater, own) },
    opponent: opponent === undefined ? undefined : await findNamed(opponent),
    judge: await findNamed(judge),
    scorer: scorer === undefined ? undefined : await findNamed(scorer),
  };
  const key = contentHash({
    settings: { ...settings, conditions: [...settings.conditions] },
    questions: questions.map((one) => ({ ...one, answers: [...one.answers] })),
    models: Object.values(named).map((subject) => subject?.hash ?? null),
  }).slice(0, 8);
  const outside = join("runs", `debate-${toFileName(basename(debater))}`);
  const folder = request.out ?? (found.run === undefined ? outside : join(found.run, "oversight"));
  const records = join(folder, "debate", key);
  const models = { debater, opponent, judge, scorer };
  const { meter, spending } = meterRoles({ folder, models, maxCost, prices, env, progress, signal });
  const [other, ranking] = [named.opponent, named.scorer];
  const first = meter("debater", named.debater);
  const job: DebateJob = {
    folder: records,
    command,
    of: `debates of ${named.debater.name}`,
    questions,
    debaters: other === undefined ? [first] : [first, meter("opponent", other)],
    judge: meter("judge", named.judge),
    scorer: ranking && meter("scorer", ranking),
    speaker: isHarbor ? harborSpeaker : chatSpeaker,
    judging: (await speaksHarbor(judge)) ? harborJudge : chatJudge,
    batch: isHarbor ? batchOnHarbor : batchElsewhere,
    progress,
    signal,
  };
  try {
    const figures = summariseHearings(await runDebate(job, settings), settings.seed);
    const names = { debaters: job.debaters.map(({ name }) => name), judge: named.judge.name };
    const of = isHarbor ? "harbor" : basename(request.questions ?? "");
    const { rounds, bestOf, temperature, seed } = settings;
    keepDebate(folder, { of, ...names, rounds, bestOf, temperature, seed, ...figures });
    return { folder, records, ...names, ...figures };
  } finally {
    if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
  }
}

/** Drawn on harbor; read elsewhere. @throws PreceptError usage, input-invalid. */
async function questionsOf(
  { questions, count, debater }: DebateRequest,
  isHarbor: boolean,
  seed: number,
): Promise<readonly DebateQuestion[]> {
  if (!isHarbor) {
    if (questions === undefined) throw noQuestions(debater);
    return (await readDebateQuestions(questions)).slice(0, count);
  }
  if (questions === undefined) return drawDebateQuestions(seed, count ?? drawnCount);
  throw new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "a file of questions, and a model that reads harbor's language alone",
    expected: "questions of harbor, which are drawn",
    remedy: "leave --questions out, or name a --debater that reads English",
  });
}

const speaksHarbor = async (name: string): Promise<boolean> =>
  (await findSubjects(name, [harborWorld])).world !== undefined;

function noJudge(debater: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "no judge",
    expected: "a model that decides without the passage; it is never chosen for you",
    remedy: "--judge provider:model",
  });
}

function noQuestions(debater: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "no questions",
    expected: "questions whose passage the judge does not see",
    remedy: "--questions FILE, rows with passage, question, answers and right",
  });
}
