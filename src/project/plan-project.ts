import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Constitution } from "../constitution/index.ts";
import { contextsOf } from "../feedback/index.ts";
import { type Env, recordName } from "../models/index.ts";
import {
  addRanges,
  choiceCallsOf,
  type KnownPrice,
  multiplyRanges,
  noRange,
  type Plan,
  priceOf,
  type Range,
  scaleRange,
  type TokenCounter,
  tokenCounter,
  totalOf,
  type Workload,
} from "../spending/index.ts";
import type { MethodOptions } from "../stages/index.ts";
import { governanceOf, harborTemplates } from "../worlds/harbor/index.ts";
import { planCheckInRun } from "./check/plan-check-in-run.ts";
import { type ConfiguredModel, roles as configRoles, type LoadedConfig } from "./config/config.ts";
import { constitutionOf, loadMeasuredBy } from "./constitution.ts";
import type { Fitness } from "./fitness-words.ts";
import { drawPrompts } from "./harbor/inputs.ts";
import { isHarborConfig } from "./harbor/open-harbor.ts";
import type { HarborConfig } from "./harbor/presets.ts";
import { isTrainedHere } from "./local-recipe.ts";
import { defaultConcurrency, methodOf, templatesOf } from "./method.ts";
import { judgeOf, modelOf, placeOf, refuseMissing } from "./models.ts";
import { type PlanInputs, planProject, type RoleInputs } from "./plan.ts";
import { type ProbedTraining, probeLengths } from "./plan-probe.ts";
import { projectWorkload } from "./project-workload.ts";
import { defaultItems } from "./prompt-benchmark.ts";
import { readFewShots } from "./prompts/few-shots.ts";
import { collectPrompts, keepPrompts, type PromptSetOptions, type PromptSets } from "./prompts/prompt-set.ts";

export interface PlanOptions {
  readonly loaded: LoadedConfig;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly skipBad?: boolean;
  /** Ask the models five items for lengths and latency; they cost what they cost. */
  readonly probe?: boolean | undefined;
  /** Client processes that will share the run: as many times what one asks at once. */
  readonly shards?: number | undefined;
  readonly cache?: string | false;
  readonly download?: PromptSetOptions["download"] | undefined;
}

export interface PlannedProject {
  readonly plan: Plan;
  /** The same and the training as tokens, for `precept plan --gpus`. */
  readonly workload: Workload;
  /** Of the adapter that is trained; none where all weights are. */
  readonly adapterRank?: number | undefined;
  readonly prompts: Pick<PromptSets, "bad" | "duplicates" | "faults"> & {
    readonly redTeam: number;
    readonly helpful: number;
  };
  /** Models whose price nobody knows, as the configuration names them, and so as `prices` must. */
  readonly unpriced: readonly string[];
  readonly priceSources: readonly string[];
  /** Share by which counts of tokens may be wrong; 0 where every model has its tokenizer at hand. */
  readonly tokenSlack: number;
  /** Whether the run trains, so that its plan has a row for that. */
  readonly isTrained: boolean;
  /** Of models that another engine runs better. */
  readonly advice: readonly string[];
  readonly probe?: { readonly items: number; readonly calls: number; readonly tokens: number } | undefined;
  /** The system prompts under which answers are sampled and scored, where some are; drafted where the principle has none of its own. */
  readonly contexts?: readonly PlannedContext[] | undefined;
  /** Whether the models can play their roles, where they were probed. */
  readonly fitness?: readonly Fitness[] | undefined;
}

/**
 * The plan of a configuration; opens no model unless it is to probe.
 * @throws PreceptError for faulty prompts or settings; checkpoint-missing for a model of this machine that is not there.
 */
export async function planConfigured(options: PlanOptions): Promise<PlannedProject> {
  const { loaded } = options;
  if (isHarborConfig(loaded.config)) return planHarbor(options, loaded.config);
  for (const role of configRoles) {
    const model = loaded.models[role];
    if (model !== undefined) refuseMissing(role, model, loaded);
  }
  const folder = mkdtempSync(join(tmpdir(), "precept-plan-"));
  try {
    const set = await collectPrompts(options.loaded, folder, {
      skipBad: options.skipBad ?? false,
      download: options.download,
    });
    return await planPrompts(options, set);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Calls and tokens of a project on harbor, whose model runs in this process: nothing is spent, and no clock was asked. */
async function planHarbor(options: PlanOptions, config: HarborConfig): Promise<PlannedProject> {
  const folder = mkdtempSync(join(tmpdir(), "precept-plan-"));
  try {
    const prompts =
      config.prompts === undefined
        ? keepPrompts(folder, drawPrompts(config, governanceOf(await loadMeasuredBy(options.loaded))))
        : await collectPrompts(options.loaded, folder, { skipBad: options.skipBad ?? false });
    const role: PlannedRole = {
      model: "harbor",
      configured: "harbor",
      counter: wordCounter,
      price: { input: 0, output: 0, from: "own" },
      choiceCalls: { low: 1, high: 1 },
    };
    const planned = await planRoles(options, prompts, { initial: role, slCai: role, feedback: role });
    return { ...planned, plan: withoutClock(planned.plan) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In harbor's language a word is a token. */
const wordCounter: TokenCounter = {
  slack: 0,
  count: (prompt) =>
    (typeof prompt === "string" ? prompt : prompt.map(({ content }) => content).join(" ")).split(/\s+/u).length,
};

/** A plan that says nothing of time. */
function withoutClock({ roles, total, ...plan }: Plan): Plan {
  return {
    ...plan,
    roles: roles.map((role) => ({ ...role, seconds: noRange })),
    total: { ...total, seconds: noRange },
  };
}

/** The same for prompts that were read already. */
export async function planPrompts(options: PlanOptions, set: PromptSets): Promise<PlannedProject> {
  return planRoles(options, set, await rolesOf(options.loaded));
}

async function planRoles(options: PlanOptions, set: PromptSets, roles: PlannedRoles): Promise<PlannedProject> {
  const { loaded, probe = false } = options;
  const constitution = await constitutionOf(loaded);
  const templates =
    loaded.config.world === undefined ? templatesOf(loaded, await readFewShots(loaded)) : harborTemplates;
  const method = methodOf(loaded);
  const { shards = 1 } = options;
  const concurrency = method.concurrency === 1 ? 1 : shards * (loaded.config.concurrency ?? defaultConcurrency);
  const inputs: PlanInputs = {
    prompts: set.of["sl-cai"],
    constitution,
    templates,
    options: method.options,
    roles,
    concurrency,
    evaluated: evaluatedAnswers(loaded, set),
    judgesHarm: loaded.models.judge !== undefined,
    checked: await planCheckInRun({
      loaded,
      constitution,
      set,
      isTrained: isTrainedHere(loaded),
      counter: roles.judge?.counter,
      promptOptions: { skipBad: options.skipBad ?? false, download: options.download },
    }),
  };
  const probed = probe ? await probeLengths(options, inputs) : undefined;
  const answers = await planProject({ ...inputs, ...probed?.inputs });
  const trained = probed?.trained;
  const plan = trained === undefined ? answers.plan : withTraining(answers.plan, method.options, set, trained);
  const used = Object.values(roles).filter((role) => role !== undefined);
  return {
    plan,
    workload: projectWorkload(answers, method.options, set.of["sl-cai"].sizes),
    adapterRank: method.options.adapter?.rank,
    prompts: {
      redTeam: set.of["sl-cai"].sizes["red-team"],
      helpful: set.of["sl-cai"].sizes.helpful,
      bad: set.bad,
      duplicates: set.duplicates,
      faults: set.faults,
    },
    unpriced: [...new Set(used.filter(({ price }) => price === undefined).map(({ configured }) => configured))],
    priceSources: [...new Set(used.flatMap(({ price }) => (price === undefined ? [] : [price.from])))],
    tokenSlack: Math.max(...used.map(({ counter }) => counter.slack)),
    isTrained: isTrainedHere(loaded) || loaded.config.world !== undefined,
    advice: await adviceOn(
      used.map(({ configured }) => configured),
      loaded.folder,
    ),
    probe: probed?.spent,
    fitness: probed?.fitness,
    contexts: contextsIn(constitution, method.options),
  };
}

export interface PlannedContext {
  readonly principleId: string;
  readonly positive: string;
  readonly negative: string;
  readonly isDrafted: boolean;
}

function contextsIn({ principles }: Constitution, { slCai, aiFeedback }: MethodOptions): PlannedContext[] | undefined {
  if (slCai.source !== "context-distillation" && aiFeedback.contrast === undefined) return undefined;
  return principles.map((principle) => ({
    principleId: principle.id,
    ...contextsOf(principle),
    isDrafted: principle.positive === undefined || principle.negative === undefined,
  }));
}

/** What to say of models in this process: a large GGUF file is llama.cpp's. */
async function adviceOn(names: readonly string[], folder: string): Promise<string[]> {
  const local = [...new Set(names)].filter((name) => name.startsWith("local:"));
  if (local.length === 0) return [];
  const { memoryNotice } = await import("../models/local/index.ts");
  return (await Promise.all(local.map((name) => memoryNotice(name, folder)))).filter((notice) => notice !== undefined);
}

/** A role with what its model's name says. */
type PlannedRole = RoleInputs & { readonly configured: string; readonly price?: KnownPrice | undefined };
type PlannedRoles = Readonly<Record<"initial" | "slCai" | "feedback", PlannedRole>> & {
  readonly reviser?: PlannedRole | undefined;
  readonly judge?: PlannedRole | undefined;
};

async function rolesOf(loaded: LoadedConfig): Promise<PlannedRoles> {
  const of = async (model: ConfiguredModel): Promise<PlannedRole> => {
    return {
      model: recordName(model.name),
      configured: model.name,
      counter: await tokenCounter(model.name, loaded.folder),
      price: priceOf(model.name, loaded.config.prices),
      choiceCalls: choiceCallsOf(model.name, model.settings),
      // An engine in this process answers a batch, not a crowd.
      concurrency: placeOf(model, loaded) === undefined ? undefined : 1,
    };
  };
  const { reviser } = loaded.models;
  const judge = judgeOf(loaded);
  const initial = await of(modelOf(loaded, "initial"));
  return {
    initial,
    reviser: reviser === undefined ? undefined : await of(reviser),
    slCai: isTrainedHere(loaded) ? { ...initial, model: "this run's checkpoints" } : await of(modelOf(loaded, "slCai")),
    feedback: await of(modelOf(loaded, "feedback")),
    judge: judge === undefined ? undefined : await of(judge),
  };
}

/** Tokens of one optimizer step where nobody says otherwise, and what packing leaves empty at most. */
const tokensPerStep = 2048;
const unpacked = 1.6;

/** A plan with the time that fine-tuning and preference training take, at the pace of the probe's steps. */
function withTraining(plan: Plan, options: MethodOptions, set: PromptSets, probed: ProbedTraining): Plan {
  const { stepSeconds, tokensPerRow } = probed;
  const { "red-team": redTeam, helpful } = set.of["sl-cai"].sizes;
  const { rounds, revisions, helpfulSamples, training } = options.slCai;
  const isTuned = options.firstStage !== "ai-feedback";
  const most = !isTuned ? 0 : redTeam * (revisions === "all" ? Math.max(1, rounds) : 1) + helpful * helpfulSamples;
  const stepsOf = (epochs: number, rows: number): Range => ({
    low: epochs * Math.ceil((0.3 * rows * tokensPerRow) / tokensPerStep),
    high: epochs * Math.ceil((unpacked * rows * tokensPerRow) / tokensPerStep),
  });
  const { preference, dpo, preferenceModel } = options;
  const after = preference === "none" ? undefined : preference === "dpo" ? dpo.training : preferenceModel.training;
  // A reference reads every pair once, which is a third of a pass.
  const learned = after === undefined ? noRange : stepsOf(after.epochs + 1 / 3, 2 * (redTeam + helpful));
  const isControlled = preference === "dpo" && dpo.alsoShuffled === true;
  const steps = addRanges(stepsOf(training.epochs, most), scaleRange(isControlled ? 2 : 1, learned));
  const seconds = multiplyRanges(steps, { low: 0.7 * stepSeconds, high: 1.5 * stepSeconds });
  const row = { calls: noRange, promptTokens: noRange, completionTokens: noRange, cost: noRange, seconds };
  const roles = [
    ...plan.roles,
    { role: "training", model: options.adapter === undefined ? "all weights" : "adapters", ...row },
  ];
  return { ...plan, roles, total: totalOf(roles) };
}

/** Answers that a run trained here is measured by: the initial model's and those of each checkpoint. */
function evaluatedAnswers(loaded: LoadedConfig, set: PromptSets): number | undefined {
  if (!isTrainedHere(loaded)) return undefined;
  const { evaluate } = loaded.config;
  const { firstStage, preference, reinforce, dpo } = methodOf(loaded).options;
  const optimised = preference === "dpo" ? 1 + Number(dpo.alsoShuffled === true) : 0;
  const checkpoints = (firstStage === "ai-feedback" ? 1 : 2) + optimised + Number(reinforce);
  const most = evaluate?.items ?? defaultItems;
  const { "red-team": redTeam, helpful } = set.of["sl-cai"].sizes;
  return checkpoints * (evaluate?.samples ?? 1) * (Math.min(most, redTeam) + Math.min(most, helpful));
}
