import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { principlesFor } from "../constitution/index.ts";
import { harmfulnessJudge } from "../evaluation/judges/index.ts";
import {
  compare,
  critiqueRevisionChains,
  type FeedbackContext,
  type ResponseRecord,
  respond,
} from "../feedback/index.ts";
import { defaultVotes, type Env, type ModelEvent, type OpenModel } from "../models/index.ts";
import type { PromptItem } from "../records/index.ts";
import type { Range } from "../spending/index.ts";
import type { SftJob } from "../training/index.ts";
import type { ConfiguredModel, LoadedConfig, Role } from "./config/config.ts";
import { probeFitness } from "./fitness.ts";
import { isTrainedHere } from "./local-recipe.ts";
import { modelOf, openConfigured, placeOf } from "./models.ts";
import type { Lengths, PlanInputs, RoleInputs } from "./plan.ts";
import { openTrainer } from "./train-here.ts";

export interface ProbeOptions {
  readonly loaded: LoadedConfig;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly cache?: string | false | undefined;
}

/** What one optimizer step took, and how long the rows were that it was made of. */
export interface ProbedTraining {
  readonly stepSeconds: number;
  readonly tokensPerRow: number;
}

/** Items that a probe asks for. */
const probeItems = 5;

/** Runs the method on a few prompts, and trains on them for a moment, to measure what that says and takes. */
export async function probeLengths<R extends PlanInputs["roles"]>(
  { loaded, env, signal, cache }: ProbeOptions,
  inputs: Omit<PlanInputs, "roles"> & { readonly roles: R },
) {
  const { prompts, constitution, templates, options, roles } = inputs;
  const items: PromptItem[] = [];
  for await (const item of prompts.items("red-team")) if (items.push(item) >= probeItems) break;
  const latencies: Partial<Record<Role, number[]>> = {};
  let [calls, tokens] = [0, 0];
  const open = (role: Role, model: ConfiguredModel): Promise<OpenModel> => {
    const onEvent = (event: ModelEvent): void => {
      if (event.type !== "call" || event.isCached) return;
      latencies[role] = [...(latencies[role] ?? []), event.latencyMs / 1000];
      calls += 1;
      tokens += event.usage.promptTokens + event.usage.completionTokens;
    };
    return openConfigured(model, loaded, { env, signal, cache, onEvent });
  };
  const { reviser, judge } = loaded.models;
  const opened = {
    initial: await open("initial", modelOf(loaded, "initial")),
    reviser: reviser && (await open("reviser", reviser)),
    feedback: await open("feedback", modelOf(loaded, "feedback")),
    judge: judge && (await open("judge", judge)),
  };
  try {
    const context = (model: OpenModel, stage: string): FeedbackContext => ({
      model,
      modelName: model.report.name,
      constitution,
      templates,
      seed: loaded.config.seed ?? 1,
      stage,
      signal,
    });
    const revising = opened.reviser && context(opened.reviser, "sl-cai");
    const isRevised = options.slCai.source !== "context-distillation";
    const once = { ...options.slCai, rounds: isRevised ? Math.min(1, options.slCai.rounds) : 0 };
    const chains = await critiqueRevisionChains(items, context(opened.initial, "sl-cai"), once, revising);
    const pairs = await respond(items, 2, context(opened.initial, "ai-feedback"), options.aiFeedback.sampling);
    const compared = pairsOf(items, pairs);
    const isCompared = (options.aiFeedback.contrast?.labels ?? "ab") === "ab";
    const labels = isCompared
      ? await compare(compared, context(opened.feedback, "ai-feedback"), options.aiFeedback.labels)
      : [];
    const judged = pairs.map(({ id, messages, response }) => ({ id, messages, response }));
    const verdicts =
      opened.judge && (await harmfulnessJudge(opened.judge).judge(judged, { seed: loaded.config.seed ?? 1, signal }));
    const tokensOf = (types: readonly string[]): number[] =>
      chains.filter(({ type }) => types.includes(type)).map(({ usage }) => usage.completionTokens);
    const thoughts = labels.map(({ usage }) => usage.completionTokens / 2);
    const isThinking = options.aiFeedback.labels.chainOfThought;
    const hasPrinciples = principlesFor(constitution, "comparison").length > 0;
    const all = Object.values(latencies).flat();
    const responded = [...tokensOf(["response"]), ...pairs.map(({ usage }) => usage.completionTokens)];
    const revised = tokensOf(["revision"]);
    const lengths: Lengths = {
      response: spread(responded),
      revision: spread(revised.length > 0 ? revised : responded),
      critique: spread(tokensOf(["critique"])),
      thought: isThinking && hasPrinciples ? spread(thoughts) : { low: 0, high: 0 },
      verdict: spread((verdicts ?? []).map(({ usage }) => usage.completionTokens)),
      latency: all.length === 0 ? { low: 0.01, high: 0.1 } : spread(all),
      isMeasured: true,
    };
    const { choice } = opened.feedback.report;
    const votes = modelOf(loaded, "feedback").settings.votes ?? defaultVotes;
    const one = choice === "votes" ? votes : 1;
    const latencyOf = (role: Role): Pick<RoleInputs, "latency"> => {
      const own = latencies[role];
      if (own === undefined || own.length === 0) return {};
      const model = role === "judge" ? judge : modelOf(loaded, role);
      const isInProcess = model !== undefined && placeOf(model, loaded) !== undefined;
      return { latency: isInProcess ? around(own) : spread(own) };
    };
    const measured = {
      lengths,
      roles: {
        ...roles,
        initial: { ...roles.initial, ...latencyOf("initial") },
        reviser: roles.reviser && { ...roles.reviser, ...latencyOf("reviser") },
        slCai: { ...roles.slCai, ...latencyOf("initial") },
        feedback: { ...roles.feedback, ...latencyOf("feedback"), choiceCalls: { low: one, high: one } },
        judge: roles.judge && { ...roles.judge, ...latencyOf("judge") },
      },
    };
    const others = await otherItems(prompts, items);
    const further = await respond(others, 2, context(opened.initial, "probe"), options.aiFeedback.sampling);
    const { initial, feedback, reviser: ownReviser = initial, judge: ownJudge = feedback } = opened;
    const fitness = await probeFitness({
      pairs: [...compared, ...pairsOf(others, further)],
      chains,
      models: { initial, reviser: ownReviser, feedback, judge: ownJudge },
      labels: options.aiFeedback.labels,
      isCompared,
      isCriticised: isRevised && once.rounds > 0 && (options.slCai.critique || options.slCai.selection === "all"),
      statesFinding: loaded.config.format !== "paper",
      contextOf: (model, stage) => ({ ...context(initial, stage), model }),
    });
    return {
      inputs: measured,
      spent: { items: items.length + others.length, calls, tokens },
      fitness,
      trained: isTrainedHere(loaded) ? await probeTraining({ loaded, env, signal }, inputs, compared) : undefined,
    };
  } finally {
    for (const model of Object.values(opened)) await model?.dispose?.();
  }
}

/** As many prompts again: helpful ones, and red-team ones where those are few. */
async function otherItems(prompts: PlanInputs["prompts"], taken: readonly PromptItem[]): Promise<PromptItem[]> {
  const others: PromptItem[] = [];
  const known = new Set(taken.map(({ id }) => id));
  for (const kind of ["helpful", "red-team"] as const) {
    for await (const item of prompts.items(kind)) {
      if (others.length >= probeItems) return others;
      if (!known.has(item.id)) others.push(item);
    }
  }
  return others;
}

function pairsOf(items: readonly PromptItem[], responses: readonly ResponseRecord[]) {
  return items.flatMap(({ id }): (readonly [ResponseRecord, ResponseRecord])[] => {
    const [a, b] = responses.filter(({ promptId }) => promptId === id);
    return a === undefined || b === undefined ? [] : [[a, b]];
  });
}

/** How long fine-tuning on the probe's answers takes, a row and a pair. The first step is compiled and left out. */
async function probeTraining(
  { loaded, env, signal }: Pick<ProbeOptions, "loaded" | "env" | "signal">,
  { templates, options }: Pick<PlanInputs, "templates" | "options">,
  pairs: readonly (readonly [ResponseRecord, ResponseRecord])[],
): Promise<ProbedTraining | undefined> {
  const initial = placeOf(modelOf(loaded, "initial"), loaded);
  // A plan starts nothing on a cluster.
  const isElsewhere = loaded.config.training?.engine === "ray";
  if (initial === undefined || pairs.length === 0 || isElsewhere) return undefined;
  const trainer = await openTrainer(loaded, env);
  const output = mkdtempSync(join(tmpdir(), "precept-probe-"));
  const rows = pairs.map(([{ id, messages, response }]) => ({
    id,
    prompt: templates.response(messages).prompt,
    completion: templates.completion?.(response) ?? response,
  }));
  const base = { initial, output, seed: 1, lora: options.adapter, learningRate: 1e-6, signal };
  const job: SftJob = { objective: "sft", ...base, examples: rows, epochs: 3 };
  try {
    let [since, until, last, seen] = [0, 0, 0, 0];
    for await (const { step, tokens } of trainer.train(job)) {
      if (step === 1) since = performance.now();
      [until, last, seen] = [performance.now(), step, tokens];
    }
    if (last < 2) return undefined;
    return { stepSeconds: (until - since) / 1000 / (last - 1), tokensPerRow: seen / job.epochs / rows.length };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}

/** Of an engine, whose answers come together: half as fast as a mean of few, to twice. */
function around(values: readonly number[]): Range {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { low: mean / 2, high: 2 * mean };
}

/** Where a mean lies, from a few values: two standard errors either way, and a quarter besides, since few is few. */
function spread(values: readonly number[]): Range {
  if (values.length === 0) return { low: 0, high: 0 };
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const wide = 2 * Math.sqrt(variance / values.length) + mean / 4;
  return { low: Math.max(0, mean - wide), high: mean + wide };
}
