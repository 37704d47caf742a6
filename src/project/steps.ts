import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../errors.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { chatHidden, debateLabels } from "../oversight/index.ts";
import type { PromptItem, PromptSource } from "../records/index.ts";
import { writeReport } from "../report/index.ts";
import { readSummary } from "../runs/index.ts";
import {
  aiFeedback,
  canTrain,
  checkpointRole,
  dpo,
  evaluate,
  preferenceModel,
  preferenceModelSummarySchema,
  rlCai,
  rlCaiSummarySchema,
  type StageContext,
  shuffledFolder,
  slCai,
  withoutReplayFolder,
} from "../stages/index.ts";
import { harborHidden } from "../worlds/harbor/index.ts";
import { checkInRun } from "./check/check-in-run.ts";
import { runCheckOf } from "./check/run-check.ts";
import type { Project } from "./project.ts";
import { summariseRun } from "./summary.ts";

/** The steps of the method, in order: its stages, then the page. The same words name folders and commands. */
export const stepNames = ["sl-cai", "ai-feedback", "dpo", "preference-model", "rl-cai", "evaluate", "report"] as const;
/** … and those that a run takes besides, where it checks. */
const checkNames = ["check-before", "check-after"] as const;
export type StepName = (typeof stepNames)[number];
type Step = StepName | (typeof checkNames)[number];

/** The steps that a project goes through: without a trainer, those that make data, and the page; the check around them. */
export function stepsOf({ context, setting, method, loaded }: Omit<Project, "run">): Step[] {
  const { firstStage, preference, reinforce } = method.options;
  const isTaken: Readonly<Record<StepName, boolean>> = {
    "sl-cai": firstStage !== "ai-feedback",
    "ai-feedback": true,
    dpo: preference === "dpo",
    "preference-model": preference === "preference-model",
    "rl-cai": reinforce,
    evaluate: setting.measured !== undefined,
    report: setting.measured !== undefined,
  };
  const kind = runCheckOf(loaded, canTrain(context));
  const own = canTrain(context)
    ? stepNames.filter((name) => isTaken[name])
    : (["sl-cai", "ai-feedback", "report"] as const).filter((name) => name === "report" || isTaken[name]);
  if (kind === undefined) return [...own];
  const work = own.filter((name) => name !== "report");
  // What is revised is judged once it is; a bot that will be trained, before anything is spent on that.
  const checked: Step[] = kind === "revised" ? [...work, ...checkNames] : ["check-before", ...work, "check-after"];
  return [...checked, "report"];
}

/** The last checkpoint that a project trains. */
function lastTrained(project: Project): StepName | undefined {
  const taken = stepsOf(project);
  return canTrain(project.context)
    ? (["rl-cai", "dpo", "sl-cai"] as const).find((name) => taken.includes(name))
    : undefined;
}

/** One step of a project. @throws PreceptError usage when an earlier one is missing; what the step throws. */
export async function runStep(project: Project, name: Step): Promise<void> {
  refuseSkippedSteps(project, name);
  await steps[name](project);
}

const steps: Readonly<Record<Step, (project: Project) => Promise<unknown>>> = {
  "sl-cai": async ({ context, setting, method, loaded }) => {
    const { prompts, replay } = setting;
    return slCai(
      context,
      {
        prompts: prompts.of["sl-cai"],
        initial: await setting.role("initial"),
        reviser: loaded.models.reviser === undefined ? undefined : await setting.role("reviser"),
        replay,
      },
      method.options,
    );
  },

  "ai-feedback": async (project) => {
    const { context, setting, method, loaded } = project;
    const { loadAs } = setting;
    const answering = canTrain(context)
      ? await checkpointRole(
          { load: loadAs === undefined ? context.load : (checkpoint) => loadAs("slCai", checkpoint) },
          method.options.firstStage === "ai-feedback" ? "initial" : "sl-cai",
          policyOf(project),
        )
      : await setting.role("slCai");
    const isRead = method.options.aiFeedback.contrast !== undefined && loaded.models.judge !== undefined;
    const judge = isRead ? await setting.role("judge") : undefined;
    const isBeside = (method.options.aiFeedback.answers?.initial ?? 0) > 0;
    const initial = isBeside ? await setting.role("initial") : undefined;
    const debates = debateLabels(loaded.config.world === undefined ? chatHidden : harborHidden);
    const roles = { slCai: answering, initial, feedback: await setting.role("feedback"), judge, debates };
    return aiFeedback(context, { prompts: setting.prompts.of["ai-feedback"], ...roles }, method.options);
  },

  dpo: async (project) => {
    const { run, method } = project;
    const inputs = { comparisons: recordsOf(run.folder, "ai-feedback"), slCai: policyOf(project) };
    return dpo(trainingContext(project), inputs, method.options);
  },

  "preference-model": async (project) => {
    const { run, method } = project;
    const inputs = { comparisons: recordsOf(run.folder, "ai-feedback"), slCai: policyOf(project) };
    return preferenceModel(trainingContext(project), inputs, method.options);
  },

  "rl-cai": async (project) => {
    const { run, setting, method } = project;
    const inputs = {
      prompts: await listOf(setting.prompts.of["rl-cai"]),
      slCai: policyOf(project),
      preferenceModel: checkpointOf(run.folder, "preference-model"),
      meanScore: await meanScoreOf(run),
    };
    return rlCai(trainingContext(project), inputs, method.options);
  },

  evaluate: async (project) => {
    const { run, setting, method } = project;
    const context = trainingContext(project);
    if (setting.measured === undefined) throw nothingMeasured(run.folder);
    const taken = new Set(stepsOf(project));
    const kept = taken.has("rl-cai")
      ? (await readSummary(summaryOf(run, "rl-cai"), rlCaiSummarySchema)).checkpoints
      : [];
    const withoutReplay = join(withoutReplayFolder(run.stageFolder("sl-cai")), "checkpoint");
    const shuffled = join(shuffledFolder(run.stageFolder("dpo")), "checkpoint");
    const checkpoints = [
      { name: "initial", folder: context.initial },
      ...(["sl-cai", "dpo", "rl-cai"] as const).flatMap((name) =>
        taken.has(name) ? [{ name, folder: checkpointOf(run.folder, name) }] : [],
      ),
      ...(existsSync(shuffled) ? [{ name: "dpo-shuffled-labels", folder: shuffled }] : []),
      ...(existsSync(withoutReplay) ? [{ name: "sl-cai-without-replay", folder: withoutReplay }] : []),
    ];
    const hasScorer = taken.has("preference-model");
    const records = omitUndefined({
      slCai: taken.has("sl-cai") ? recordsOf(run.folder, "sl-cai") : undefined,
      aiFeedback: recordsOf(run.folder, "ai-feedback"),
      preferenceModel: hasScorer ? recordsOf(run.folder, "preference-model") : undefined,
    });
    const preferenceModel = hasScorer
      ? { checkpoint: checkpointOf(run.folder, "preference-model"), meanScore: await meanScoreOf(run) }
      : undefined;
    await evaluate(context, { ...setting.measured, checkpoints, kept, preferenceModel, records }, method.options);
    run.writeJson("summary.json", await summariseRun(project));
  },

  "check-before": (project) => checkInRun(project, "before", lastTrained(project)),
  "check-after": (project) => checkInRun(project, "after", lastTrained(project)),

  report: ({ run }) => writeReport(run.folder),
};

function refuseSkippedSteps(project: Project, name: Step): void {
  const { run } = project;
  const order = stepsOf(project);
  const place = order.indexOf(name);
  const earlier = order
    .slice(0, place < 0 ? order.length : place)
    .filter((step): step is StepName => step !== "report" && !checkNames.some((name) => name === step));
  const missing = earlier.find((stage) => run.manifest.stages[stage]?.status !== "done");
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Running ${name} on ${run.folder}`,
    found: `the stage ${missing} ${run.manifest.stages[missing] === undefined ? "was not run" : "is not finished"}`,
    expected: `${earlier.join(", ")} before ${name}`,
    remedy: `precept ${missing} ${run.folder}`,
  });
}

function trainingContext({ context, run }: Project): StageContext {
  if (canTrain(context)) return context;
  throw new PreceptError("usage", {
    attempted: `Training in the run ${run.folder}`,
    found: "a project whose models cannot be trained here",
    expected: "a project on harbor, or one that brings a trainer",
    remedy: `precept export ${run.folder} --to trl, and train elsewhere`,
  });
}

function nothingMeasured(folder: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Measuring the run ${folder}`,
    found: "a project that names nothing to be measured on",
    remedy: `precept evaluate ${folder} --suite harmlessness`,
  });
}

async function meanScoreOf(run: Project["run"]): Promise<number> {
  return (await readSummary(summaryOf(run, "preference-model"), preferenceModelSummarySchema)).meanScore;
}

function summaryOf(run: Project["run"], stage: StepName): string {
  return join(run.stageFolder(stage), "summary.json");
}

async function listOf(source: PromptSource): Promise<PromptItem[]> {
  return Array.fromAsync(source.items());
}

/** What preference training starts from: the model that was fine-tuned on revisions, else the initial one. */
function policyOf({ context, run, method }: Project): string {
  return method.options.firstStage === "ai-feedback" && canTrain(context)
    ? context.initial
    : checkpointOf(run.folder, "sl-cai");
}

function checkpointOf(run: string, stage: StepName): string {
  return join(run, stage, "checkpoint");
}

function recordsOf(run: string, stage: StepName): string {
  return join(run, stage, "records.jsonl");
}
