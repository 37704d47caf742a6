import { basename, join } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type DebateFigures,
  type DebateJob,
  type DebateQuestion,
  type DebateSettings,
  keepDebate,
  readDebate,
  readDebateQuestions,
  runDebate,
  summariseHearings,
} from "../../oversight/index.ts";
import { contentHash } from "../../storage/index.ts";
import { drawDebateQuestions } from "../../worlds/harbor/index.ts";
import { type DebateModels, openDebate } from "./open-debate.ts";

/** A debate as a person asks for it. */
export interface DebateRequest extends DebateModels {
  /** Questions that are drawn on harbor, or the first of the file. */
  readonly count?: number | undefined;
  readonly command: string;
}

export interface HeldDebate extends DebateFigures {
  /** Where the figures stand. */
  readonly folder: string;
  /** Where every hearing stands. */
  readonly records: string;
  readonly debaters: readonly string[];
  readonly judge: string;
}

const drawnCount = { measured: 200, training: 300 } as const;
/** A small local engine is fast in large batches; questions of a model of billions are long, and few are lost by a kill. */
const batchOnHarbor = 50;
const batchElsewhere = 4;

/** Holds a debate, or goes on with it, and keeps its figures. @throws PreceptError usage, input-invalid; what models and disk throw. */
export async function holdDebate(request: DebateRequest, settings: DebateSettings): Promise<HeldDebate> {
  const { command, progress, signal } = request;
  const { folder, isHarbor, debaters, judge, scorer, templates, close } = await openDebate(request);
  const questions = await questionsOf(request, { isHarbor, seed: settings.seed, use: "measured" });
  const key = contentHash({
    settings: { ...settings, conditions: [...settings.conditions] },
    questions: questions.map((one) => ({ ...one, answers: [...one.answers] })),
    models: [...debaters, judge, scorer].map(({ hash }) => hash),
  }).slice(0, 8);
  const records = join(folder, "debate", key);
  const job: DebateJob = {
    ...{ folder: records, command, questions, debaters, judge, scorer, progress, signal },
    ...{ of: `debates of ${debaters[0].name}`, batch: isHarbor ? batchOnHarbor : batchElsewhere },
    ...templates,
  };
  try {
    const figures = summariseHearings(await runDebate(job, settings), settings.seed);
    const names = { debaters: debaters.map(({ name }) => name), judge: judge.name };
    const of = isHarbor ? "harbor" : basename(request.questions ?? "");
    const { rounds, bestOf, temperature, seed } = settings;
    const found = { of, ...names, rounds, bestOf, temperature, seed, ...figures };
    keepDebate(records, found);
    // A part of the conditions never takes the place of more of them: the run's page reads this file alone.
    const before = readDebate(folder)?.conditions ?? {};
    if (Object.keys(before).every((condition) => condition in figures.conditions)) keepDebate(folder, found);
    return { folder, records, ...names, ...figures };
  } finally {
    close();
  }
}

/** Drawn on harbor; read elsewhere. @throws PreceptError usage, input-invalid. */
export async function questionsOf(
  { questions, count, debater }: DebateRequest,
  { isHarbor, seed, use }: { readonly isHarbor: boolean; readonly seed: number; readonly use: "measured" | "training" },
): Promise<readonly DebateQuestion[]> {
  if (!isHarbor) {
    if (questions === undefined) throw noQuestions(debater);
    return (await readDebateQuestions(questions)).slice(0, count);
  }
  return drawDebateQuestions(seed, count ?? drawnCount[use], use);
}

function noQuestions(debater: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "no questions",
    expected: "questions whose passage the judge does not see",
    remedy: "--questions FILE, rows with passage, question, answers and right",
  });
}
