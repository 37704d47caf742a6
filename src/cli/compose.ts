import { existsSync } from "node:fs";
import { join } from "node:path";
import { constitutionToJson } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { LocalModel } from "../models/local/index.ts";
import type { Progress } from "../progress/index.ts";
import { writeReport } from "../report/index.ts";
import { Run, readSummary } from "../runs/index.ts";
import {
  aiFeedback,
  evaluate,
  type MethodOptions,
  methodOptions,
  methodStages,
  preferenceModel,
  preferenceModelSummarySchema,
  rlCai,
  rlCaiSummarySchema,
  type StageContext,
  slCai,
  withoutReplayFolder,
} from "../stages/index.ts";
import { contentHash, hashFolder } from "../storage/index.ts";
import { LocalTrainer, preferenceScores } from "../training/local/index.ts";
import { loadCheckpoint, parameterCount } from "../transformer/index.ts";
import { harborTemplates } from "../worlds/harbor/index.ts";
import { committedCheckpoint, type HarborInputs, harborInputs } from "./harbor.ts";
import { harborPresets } from "./presets.ts";
import { pretrainInto } from "./pretrain-step.ts";
import { constitutionOf, methodChanges, type Settings } from "./settings.ts";
import { summarise } from "./summary.ts";

export interface SessionOptions {
  readonly folder: string;
  readonly settings: Settings;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** A run on harbor with everything put together: world, constitution, engine, method. */
export interface Session {
  readonly run: Run;
  readonly settings: Settings;
  readonly context: StageContext;
  readonly inputs: HarborInputs;
  readonly options: MethodOptions;
}

/** Runs `body` with the run opened and locked. @throws what the settings, the disk or `body` throw. */
export async function withSession<T>(options: SessionOptions, body: (session: Session) => Promise<T>): Promise<T> {
  const { folder, settings, command, progress, signal } = options;
  const constitution = await constitutionOf(settings);
  const preset = harborPresets[settings.preset];
  const inputs = harborInputs(settings.seed, preset, settings.requests);
  const hashes = {
    constitution: constitution.hash,
    templates: harborTemplates.version,
    prompts: contentHash(inputs.prompts),
    replay: contentHash(inputs.replay),
    suite: contentHash(inputs.suite.splits),
  };
  const method = methodOptions(preset.method, methodChanges(settings));
  const manifest = { seed: settings.seed, config: settings, method, inputs: hashes };
  const run = await Run.open(folder, { kind: "project", manifest, command });
  try {
    run.writeJson("constitution.json", constitutionToJson(constitution));
    const initial = await initialCheckpoint(run, settings, progress, signal);
    run.noteInput("initial", await hashFolder(initial));
    const context: StageContext = {
      run,
      constitution,
      templates: harborTemplates,
      seed: settings.seed,
      progress,
      signal,
      initial,
      parameters: parameterCount((await loadCheckpoint(initial)).weights),
      load: (checkpoint) => LocalModel.load(checkpoint),
      loadPreferenceModel: preferenceScores,
      trainer: new LocalTrainer(),
    };
    return await body({
      run,
      settings,
      context,
      inputs,
      options: method,
    });
  } finally {
    progress.finish();
    await run.close();
  }
}

/** One stage of a session. @throws PreceptError usage when an earlier stage is missing; what the stage throws. */
export async function runStep(session: Session, stage: StepName): Promise<void> {
  requireEarlierStages(session.run, stage);
  await steps[stage](session);
}

/** The stages of the method and the report, in order. */
export const stepNames = ["sl-cai", "ai-feedback", "preference-model", "rl-cai", "evaluate", "report"] as const;
export type StepName = (typeof stepNames)[number];

const steps: Readonly<Record<StepName, (session: Session) => Promise<unknown>>> = {
  "sl-cai": ({ context, inputs, options }) =>
    slCai(context, { prompts: inputs.prompts["sl-cai"], replay: inputs.replay }, options),

  "ai-feedback": ({ run, context, inputs, options }) =>
    aiFeedback(context, { prompts: inputs.prompts["ai-feedback"], slCai: checkpointOf(run, "sl-cai") }, options),

  "preference-model": ({ run, context, options }) =>
    preferenceModel(
      context,
      { comparisons: recordsOf(run, "ai-feedback"), slCai: checkpointOf(run, "sl-cai") },
      options,
    ),

  "rl-cai": async ({ run, context, inputs, options }) => {
    const summary = join(run.stageFolder("preference-model"), "summary.json");
    const { meanScore } = await readSummary(summary, preferenceModelSummarySchema);
    const slCai = checkpointOf(run, "sl-cai");
    const scorer = checkpointOf(run, "preference-model");
    return rlCai(context, { prompts: inputs.prompts["rl-cai"], slCai, preferenceModel: scorer, meanScore }, options);
  },

  evaluate: async (session) => {
    const { run, context, inputs, options } = session;
    const { checkpoints: kept } = await readSummary(
      join(run.stageFolder("rl-cai"), "summary.json"),
      rlCaiSummarySchema,
    );
    const withoutReplay = join(withoutReplayFolder(run.stageFolder("sl-cai")), "checkpoint");
    const checkpoints = [
      { name: "initial", folder: context.initial },
      { name: "sl-cai", folder: checkpointOf(run, "sl-cai") },
      { name: "rl-cai", folder: checkpointOf(run, "rl-cai") },
      ...(existsSync(withoutReplay) ? [{ name: "sl-cai-without-replay", folder: withoutReplay }] : []),
    ];
    const records = {
      slCai: recordsOf(run, "sl-cai"),
      aiFeedback: recordsOf(run, "ai-feedback"),
      preferenceModel: recordsOf(run, "preference-model"),
    };
    await evaluate(context, { suite: inputs.suite, roles: inputs.roles, checkpoints, kept, records }, options);
    run.writeJson("summary.json", await summarise(run, session.settings));
  },

  report: ({ run }) => writeReport(run.folder),
};

function requireEarlierStages(run: Run, stage: StepName): void {
  const names = methodStages.map(({ name }) => name);
  const earlier = stage === "report" ? names : names.slice(0, names.indexOf(stage));
  const missing = earlier.find((name) => run.manifest.stages[name]?.status !== "done");
  if (missing === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Running ${stage} on ${run.folder}`,
    found: `the stage ${missing} ${run.manifest.stages[missing] === undefined ? "was not run" : "is not finished"}`,
    expected: `${earlier.join(", ")} before ${stage}`,
    remedy: `precept ${missing} ${run.folder}`,
  });
}

async function initialCheckpoint(
  run: Run,
  settings: Settings,
  progress: Progress,
  signal: AbortSignal,
): Promise<string> {
  if (settings.initial === "committed") return committedCheckpoint;
  const short = settings.preset === "smoke" ? "smoke" : "demo";
  const plan = settings.initial === "from-scratch" ? short : "committed";
  return pretrainInto(join(run.folder, "initial"), plan, progress, signal);
}

function checkpointOf(run: Run, stage: StepName): string {
  return join(run.stageFolder(stage), "checkpoint");
}

function recordsOf(run: Run, stage: StepName): string {
  return join(run.stageFolder(stage), "records.jsonl");
}
