import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { findSubjects, type Subject } from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import { chatJudge, chatSpeaker, type JudgeTemplates, type SpeakerTemplates } from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { toFileName } from "../../storage/index.ts";
import { harborJudge, harborSpeaker } from "../../worlds/harbor/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "../meter-roles.ts";
import { findNamed, nameOf } from "../redteam.ts";
import { teachSmallJudge, usualLessons } from "./small-judge.ts";

/** Who takes part in a debate, by name. */
export interface DebateModels extends RoleBudget {
  /** A run, which keeps what is found; it debates unless somebody else is named. */
  readonly run?: string | undefined;
  /** Who debates: a run, RUN@CHECKPOINT, or any model. */
  readonly debater: string;
  /** A file of questions; on harbor they are drawn. */
  readonly questions?: string | undefined;
  /** Argues the other side, and changes places with the first. Default: the first argues both. */
  readonly opponent?: string | undefined;
  /** Default on harbor: "small", which is taught first. */
  readonly judge?: string | undefined;
  /** Picks the best of several turns. Default: the judge. */
  readonly scorer?: string | undefined;
  /** That the small judge of harbor is taught by. */
  readonly lessons?: number | undefined;
  readonly out?: string | undefined;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/** The models of a debate, each by what is counted of it. */
interface OpenedDebate {
  /** Where everything is kept. */
  readonly folder: string;
  readonly isHarbor: boolean;
  readonly debaters: readonly [Subject] | readonly [Subject, Subject];
  readonly judge: Subject;
  readonly scorer: Subject;
  readonly templates: {
    readonly speaker: SpeakerTemplates;
    readonly judging: JudgeTemplates;
    readonly scoring: JudgeTemplates;
  };
  /** Writes down what was spent. */
  close(): void;
}

/** The judge of harbor that is made here. */
const smallJudge = "small";

/** Names become models; harbor's small judge is taught where it is asked for. @throws PreceptError usage, and what finding models throws. */
export async function openDebate(request: DebateModels): Promise<OpenedDebate> {
  const { run, debater, opponent, progress, signal, env, maxCost, prices } = request;
  const found = await findSubjects(debater, [harborWorld]);
  const own = found.subjects.at(-1);
  if (own === undefined) throw new RangeError(`${debater} stands for no model`);
  const isHarbor = found.world !== undefined;
  // Before any judge is taught.
  if (isHarbor && request.questions !== undefined) throw harborAlone(debater);
  const keeper = [found.run, run, run?.replace(/@[^@]*$/, "")].find(isRun);
  const outside = join("runs", `debate-${toFileName(basename(debater))}`);
  const folder = request.out ?? (keeper === undefined ? outside : join(keeper, "oversight"));
  const find = async (name: string) => {
    if (name !== smallJudge || !isHarbor) return { name, subject: await findNamed(name) };
    const lessons = request.lessons ?? usualLessons;
    const place = await teachSmallJudge({ folder: join(folder, "small-judge"), lessons, progress, signal });
    return { name: place, subject: { ...(await findNamed(place)), name: smallJudge } };
  };
  const named = request.judge ?? (isHarbor ? smallJudge : undefined);
  if (named === undefined) throw noJudge(debater);
  const judge = await find(named);
  const scorer = request.scorer === undefined ? undefined : await find(request.scorer);
  const other = opponent === undefined ? undefined : await findNamed(opponent);
  const models = { debater, opponent, judge: judge.name, scorer: scorer?.name };
  const { meter, spending } = meterRoles({ folder, models, maxCost, prices, env, progress, signal });
  const first = meter("debater", { ...own, name: nameOf(debater, own) });
  const judging = await judgeTemplatesOf(judge.name);
  const metered = meter("judge", judge.subject);
  return {
    folder,
    isHarbor,
    debaters: other === undefined ? [first] : [first, meter("opponent", other)],
    judge: metered,
    scorer: scorer === undefined ? metered : meter("scorer", scorer.subject),
    templates: {
      speaker: isHarbor ? harborSpeaker : chatSpeaker,
      judging,
      scoring: scorer === undefined ? judging : await judgeTemplatesOf(scorer.name),
    },
    close() {
      if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
    },
  };
}

const isRun = (folder: string | undefined): folder is string =>
  folder !== undefined && existsSync(join(folder, "manifest.json"));

async function judgeTemplatesOf(name: string): Promise<JudgeTemplates> {
  const { world } = await findSubjects(name, [harborWorld]);
  return world === undefined ? chatJudge : harborJudge;
}

function noJudge(debater: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "no judge",
    expected: "a model that decides without the passage; it is never chosen for you",
    remedy: "--judge provider:model",
  });
}

function harborAlone(debater: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Debating with ${debater}`,
    found: "a file of questions, and a model that reads harbor's language alone",
    expected: "questions of harbor, which are drawn",
    remedy: "leave --questions out, or name a --debater that reads English",
  });
}
