import { join } from "node:path";
import { type Constitution, formatConstitution, type Principle } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { findStanding, type Subject } from "../evaluation/index.ts";
import { type LanguageModel, withModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import { loadRecords, readRecords } from "../records/index.ts";
import { defineStage, Run } from "../runs/index.ts";
import { contentHash, writeWhole } from "../storage/index.ts";
import { runCampaign } from "./campaign.ts";
import { archiveCells } from "./cells.ts";
import { deliver } from "./delivery.ts";
import { clusterFindings } from "./findings.ts";
import { goalOf, goalRecord, writeGoals } from "./goals.ts";
import { type Grader, graderName } from "./grader.ts";
import { judgeRates } from "./judge-rates.ts";
import type { AttackLanguage } from "./language.ts";
import type { JudgeRates } from "./metrics.ts";
import { minimiseFindings } from "./minimise.ts";
import {
  type AttemptRecord,
  attemptRecordSchema,
  cellRecordSchema,
  findingRecordSchema,
  goalRecordSchema,
  writeRecordSchema,
} from "./records.ts";
import type { Range } from "./send.ts";
import { type Goal, isSuccess, type Strategy } from "./strategy.ts";
import { type RedteamSummary, type RoleSpending, summariseRedteam } from "./summary.ts";

const goalsStage = defineStage({ name: "goals", after: [], records: { records: goalRecordSchema } });
const attackStage = defineStage({
  name: "attack",
  after: ["goals"],
  records: { records: attemptRecordSchema, writes: writeRecordSchema },
});
const findingsStage = defineStage({
  name: "findings",
  after: ["attack"],
  records: { records: findingRecordSchema, trials: attemptRecordSchema, cells: cellRecordSchema },
});

/** The file of a run's figures. */
export const redteamFile = "redteam.json";

export interface RedteamOptions {
  /** Requests to the target in the attacks; twins and the shortening of findings come on top. */
  readonly budget: number;
  /** Goals a principle, where the attacker model writes them. */
  readonly goals: number;
  readonly seed: number;
  /** Samples by which a finding, and a text of the archive, is judged. */
  readonly samples: number;
  readonly maxTokens: number;
  readonly temperature: number;
  /** Findings of one principle and technique that are kept. */
  readonly perCell: number;
}

export const defaultRedteamOptions: RedteamOptions = {
  budget: 200,
  goals: 3,
  seed: 1,
  samples: 3,
  maxTokens: 512,
  temperature: 1,
  perCell: 3,
};

/** A red-team run: whom it is against, and with what. Only the models that are named here are called. */
export interface RedteamJob {
  readonly folder: string;
  readonly command: string;
  readonly constitution: Constitution;
  /** Those that are attacked. */
  readonly principles: readonly Principle[];
  /** Given, else written by the attacker. */
  readonly goals?: readonly Goal[] | undefined;
  readonly target: Subject;
  /** What the target is told before every conversation. */
  readonly system?: string | undefined;
  readonly guard?: { readonly hash: string; wrap(model: LanguageModel): LanguageModel } | undefined;
  readonly judge: Subject;
  readonly grader: (model: LanguageModel, name: string) => Grader;
  /** Folder of certificates, for what the judge's grades are worth. */
  readonly certificates?: string | undefined;
  readonly attacker?: Subject | undefined;
  readonly language: AttackLanguage;
  readonly strategies: readonly Strategy[];
  /** What each role was asked so far, where somebody counts. */
  readonly readSpent?: (() => Readonly<Record<string, RoleSpending>>) | undefined;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Goals, attacks, findings and figures, as a run that goes on after any interruption with the same command.
 * @throws PreceptError usage where a strategy lacks what it needs; what the models and the disk throw.
 */
export async function runRedteam(
  job: RedteamJob,
  options: RedteamOptions = defaultRedteamOptions,
): Promise<RedteamSummary> {
  refuseUnable(job);
  const { folder, command, constitution, target, judge, attacker, guard, strategies } = job;
  const manifest = {
    of: `attacks on ${target.name}${guard === undefined ? "" : " behind its guard"}`,
    seed: options.seed,
    config: { ...options, strategies: strategies.map(({ id }) => id), target: target.name, judge: judge.name },
    inputs: { constitution: constitution.hash, target: target.hash, ...(guard && { guard: guard.hash }) },
  };
  const run = await Run.open(folder, { kind: "redteam", manifest, command });
  try {
    writeWhole(join(run.folder, "constitution.yaml"), formatConstitution(constitution));
    const withOpened = (body: (open: Opened) => Promise<void>): Promise<void> =>
      withModel(target.open, (openTarget) =>
        withModel(judge.open, (openJudge) =>
          withModel(attacker?.open ?? refuseAttacker, (openAttacker) =>
            body({ target: openTarget, judge: openJudge, attacker: openAttacker }),
          ),
        ),
      );
    await withOpened((models) => runStages(run, job, options, models));
    const summary = await summariseRun(run, job, options);
    run.writeJson(redteamFile, summary);
    return summary;
  } finally {
    await run.close();
  }
}

interface Opened {
  readonly target: () => Promise<LanguageModel>;
  readonly judge: () => Promise<LanguageModel>;
  readonly attacker: () => Promise<LanguageModel>;
}

async function runStages(run: Run, job: RedteamJob, options: RedteamOptions, models: Opened): Promise<void> {
  const { constitution, principles, target, judge, attacker, guard, language, strategies, progress, signal } = job;
  const { seed, samples, maxTokens, temperature, budget, perCell } = options;
  const goalInputs = {
    constitution: constitution.hash,
    principles: principles.map(({ id }) => id),
    goals: job.goals?.map((goal) => ({ ...goal })) ?? { by: attacker?.hash ?? null, count: options.goals, seed },
  };
  const inputs = contentHash({
    goals: goalInputs,
    strategies: strategies.map(({ id }) => id),
    language: language.id,
    options: { seed, samples, maxTokens, temperature, budget },
    target: target.hash,
    system: job.system ?? null,
    judge: judge.hash,
    attacker: attacker?.hash ?? null,
    guard: guard?.hash ?? null,
  });
  await run.stage(goalsStage, contentHash(goalInputs), async (writer) => {
    const log = await writer.records("records");
    if (!log.isDone("goals")) {
      const goals =
        job.goals ??
        (await writeGoals({
          constitution,
          principles,
          perPrinciple: options.goals,
          attacker: await models.attacker(),
          seed,
          progress,
          signal,
        }));
      const model = job.goals === undefined ? (attacker?.name ?? "given") : "given";
      await log.append(
        "goals",
        goals.map((goal) => goalRecord(goal, constitution, model, seed)),
      );
    }
    await log.close();
  });
  const goals = await readRunGoals(run.folder);
  const range = async (): Promise<Range> => {
    const model = await models.target();
    for (const { id, needs } of strategies) {
      if (needs.prefill === true && !model.capabilities.prefill)
        throw unableTo(`Attacking by ${id}`, `${target.name} takes no prefill`, strategyRemedy);
      if (needs.logprobs === true && !model.capabilities.logprobs)
        throw unableTo(`Attacking by ${id}`, `${target.name} gives no log-probabilities`, strategyRemedy);
    }
    return {
      constitution,
      target: target.name,
      delivery: deliver(model, target.render, guard?.wrap),
      isGuarded: guard !== undefined,
      system: job.system,
      grader: job.grader(await models.judge(), judge.name),
      seed,
      maxTokens,
      temperature,
      signal,
    };
  };
  await run.stage(attackStage, inputs, async (writer) => {
    const attempts = await writer.records("records");
    const writes = await writer.records("writes");
    await runCampaign({
      range: await range(),
      goals,
      strategies,
      language,
      budget,
      samples,
      attacker: attacker === undefined ? undefined : models.attacker,
      attempts,
      writes,
      progress,
    });
    await writes.close();
    await attempts.close();
  });
  await run.stage(findingsStage, contentHash({ inputs, perCell }), async (writer) => {
    const log = await writer.records("records");
    const trials = await writer.records("trials");
    const cells = await writer.records("cells");
    const [found, archived]: [AttemptRecord[], AttemptRecord[]] = [[], []];
    for await (const attempt of readAttempts(run.folder)) {
      if (isSuccess(attempt)) found.push(attempt);
      if (attempt.strategy === "archive") archived.push(attempt);
    }
    const clusters = clusterFindings(found, perCell);
    if (clusters.length > 0 && !log.isDone("findings")) {
      const policy = guard?.hash ?? null;
      const minimiseOptions = { range: await range(), goals, language, samples, guard: policy, trials, progress };
      await log.append("findings", await minimiseFindings(clusters, minimiseOptions));
    }
    if (!cells.isDone("cells")) await cells.append("cells", archiveCells(archived));
    await cells.close();
    await trials.close();
    await log.close();
  });
}

/** The goals of a red-team run. */
export async function readRunGoals(folder: string): Promise<Goal[]> {
  return (await loadRecords(join(folder, "goals", "records.jsonl"), goalRecordSchema)).map(goalOf);
}

/** The attempts of a red-team run, streamed. */
export function readAttempts(folder: string) {
  return readRecords(join(folder, "attack", "records.jsonl"), attemptRecordSchema);
}

/** The findings of a red-team run. */
export function readFindings(folder: string) {
  return loadRecords(join(folder, "findings", "records.jsonl"), findingRecordSchema);
}

async function summariseRun(run: Run, job: RedteamJob, options: RedteamOptions): Promise<RedteamSummary> {
  return summariseRedteam(readAttempts(run.folder), {
    target: job.target.name,
    judge: job.judge.name,
    isGuarded: job.guard !== undefined,
    goals: (await readRunGoals(run.folder)).length,
    principles: job.principles.map(({ id }) => id),
    strategies: job.strategies,
    techniques: job.language.techniques,
    findings: (await readFindings(run.folder)).length,
    seed: options.seed,
    budget: options.budget,
    judgeRates: await certifiedRates(run, job),
    spent: job.readSpent?.(),
  });
}

/** By the certificate of the very judge that graded, if it is not old. */
async function certifiedRates(
  run: Run,
  { certificates, judge, progress }: RedteamJob,
): Promise<JudgeRates | undefined> {
  if (certificates === undefined) return undefined;
  for await (const { judge: hash } of readAttempts(run.folder)) {
    const known = { name: graderName, version: "", model: judge.name, hash };
    const { state, certificate } = findStanding(known, certificates, (text) => progress.message(text));
    return state === "valid" && certificate !== undefined ? judgeRates(certificate) : undefined;
  }
  return undefined;
}

/** @throws PreceptError usage for a strategy whose needs are known not to be met, before any model is opened. */
function refuseUnable({ strategies, attacker, language, goals }: RedteamJob): void {
  for (const { id, needs } of strategies) {
    if (needs.prose === true && !language.isProse)
      throw unableTo(`Attacking by ${id}`, "a target that reads no prose", strategyRemedy);
    const needsAttacker = needs.attacker === true || (needs.rewriting === true && language.needsAttacker);
    if (needsAttacker && attacker === undefined)
      throw unableTo(`Attacking by ${id}`, "no attacker model", attackerRemedy);
  }
  if (goals === undefined && attacker === undefined)
    throw unableTo("Writing goals", "no attacker model", "--attacker provider:model, or --goals FILE");
}

const strategyRemedy = "another --strategy, such as plain or persuasion";
const attackerRemedy = `--attacker provider:model, or ${strategyRemedy}`;

function unableTo(attempted: string, found: string, remedy: string): PreceptError {
  return new PreceptError("usage", { attempted, found, expected: "what it cannot do without", remedy });
}

async function refuseAttacker(): Promise<LanguageModel> {
  throw new RangeError("a run without an attacker asked for one");
}
