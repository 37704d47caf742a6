import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { principlesFor } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { harmfulnessJudge } from "../evaluation/judges/index.ts";
import { compare, critiqueRevisionChains, type FeedbackContext, respond } from "../feedback/index.ts";
import { defaultVotes, type Env, type ModelEvent, type OpenModel, recordName } from "../models/index.ts";
import type { PromptItem } from "../records/index.ts";
import { choiceCallsOf, type Plan, priceOf, type Range, tokenCounter } from "../spending/index.ts";
import type { ConfiguredModel, LoadedConfig } from "./config/config.ts";
import { constitutionOf } from "./constitution.ts";
import { defaultConcurrency, methodOf, templatesOf } from "./method.ts";
import { modelOf, openConfigured } from "./models.ts";
import { type Lengths, type PlanInputs, planProject } from "./plan.ts";
import { readFewShots } from "./prompts/few-shots.ts";
import { collectPrompts, type PromptSetOptions, type PromptSets } from "./prompts/prompt-set.ts";

export interface PlanOptions {
  readonly loaded: LoadedConfig;
  readonly env: Env;
  readonly signal: AbortSignal;
  readonly skipBad?: boolean;
  /** Ask the models five items for lengths and latency; they cost what they cost. */
  readonly probe?: boolean | undefined;
  readonly cache?: string | false;
  readonly download?: PromptSetOptions["download"] | undefined;
}

export interface PlannedProject {
  readonly plan: Plan;
  readonly prompts: Pick<PromptSets, "bad" | "duplicates" | "faults"> & {
    readonly redTeam: number;
    readonly helpful: number;
  };
  /** Models whose price nobody knows, as the configuration names them, and so as `prices` must. */
  readonly unpriced: readonly string[];
  readonly priceSources: readonly string[];
  /** Share by which counts of tokens may be wrong; 0 where every model has its tokenizer at hand. */
  readonly tokenSlack: number;
  readonly probe?: { readonly items: number; readonly calls: number; readonly tokens: number } | undefined;
}

/** Items that a probe asks for. */
const probeItems = 5;

/** The plan of a configuration; opens no model unless it is to probe. @throws PreceptError for faulty prompts or settings. */
export async function planConfigured(options: PlanOptions): Promise<PlannedProject> {
  if (options.loaded.config.world !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Planning a project on harbor",
      found: "a model in this process: nothing is asked of anybody, and nothing is spent",
      remedy: "precept run, which says how far it is",
    });
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

/** The same for prompts that were read already. */
export async function planPrompts(options: PlanOptions, set: PromptSets): Promise<PlannedProject> {
  const { loaded, probe = false } = options;
  const constitution = await constitutionOf(loaded);
  const templates = templatesOf(loaded, await readFewShots(loaded));
  const method = methodOf(loaded);
  const roles = await rolesOf(loaded);
  const concurrency = method.concurrency === 1 ? 1 : (loaded.config.concurrency ?? defaultConcurrency);
  const inputs: PlanInputs = {
    prompts: set.of["sl-cai"],
    constitution,
    templates,
    options: method.options,
    roles,
    concurrency,
  };
  const probed = probe ? await probeLengths(options, inputs) : undefined;
  const plan = await planProject({ ...inputs, ...probed?.inputs });
  const used = Object.values(roles).filter((role) => role !== undefined);
  return {
    plan,
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
    probe: probed?.spent,
  };
}

async function rolesOf(loaded: LoadedConfig) {
  const of = async (model: ConfiguredModel) => {
    return {
      model: recordName(model.name),
      configured: model.name,
      counter: await tokenCounter(model.name, loaded.folder),
      price: priceOf(model.name, loaded.config.prices),
      choiceCalls: choiceCallsOf(model.name, model.settings),
    };
  };
  const { judge } = loaded.models;
  return {
    initial: await of(modelOf(loaded, "initial")),
    slCai: await of(modelOf(loaded, "slCai")),
    feedback: await of(modelOf(loaded, "feedback")),
    judge: judge === undefined ? undefined : await of(judge),
  };
}

/** Runs the method on a few prompts and measures what it says. */
async function probeLengths({ loaded, env, signal, cache }: PlanOptions, inputs: PlanInputs) {
  const { prompts, constitution, templates, options, roles } = inputs;
  const items: PromptItem[] = [];
  for await (const item of prompts.items("red-team")) if (items.push(item) >= probeItems) break;
  const latencies: number[] = [];
  let [calls, tokens] = [0, 0];
  const onEvent = (event: ModelEvent): void => {
    if (event.type !== "call" || event.isCached) return;
    latencies.push(event.latencyMs / 1000);
    calls += 1;
    tokens += event.usage.promptTokens + event.usage.completionTokens;
  };
  const opening = { env, signal, cache, onEvent };
  const open = (model: ConfiguredModel): Promise<OpenModel> => openConfigured(model, loaded, opening);
  const initial = await open(modelOf(loaded, "initial"));
  const feedback = await open(modelOf(loaded, "feedback"));
  const judge = loaded.models.judge === undefined ? undefined : await open(loaded.models.judge);
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
    const answering = context(initial, "sl-cai");
    const chains = await critiqueRevisionChains(items, answering, { ...options.slCai, rounds: 1 });
    const pairs = await respond(items, 2, context(initial, "ai-feedback"), options.aiFeedback.sampling);
    const compared = items.flatMap(({ id }) => {
      const [a, b] = pairs.filter(({ promptId }) => promptId === id);
      return a === undefined || b === undefined ? [] : [[a, b] as const];
    });
    const labels = await compare(compared, context(feedback, "ai-feedback"), options.aiFeedback.labels);
    const judged = pairs.map(({ id, promptId, response }) => ({
      id,
      messages: items.find((item) => item.id === promptId)?.messages ?? [],
      response,
    }));
    const verdicts = judge && (await harmfulnessJudge(judge).judge(judged, { seed: loaded.config.seed ?? 1, signal }));
    const tokensOf = (types: readonly string[]): number[] =>
      chains.filter(({ type }) => types.includes(type)).map(({ usage }) => usage.completionTokens);
    const thoughts = labels.map(({ usage }) => usage.completionTokens / 2);
    const isThinking = options.aiFeedback.labels.chainOfThought;
    const hasPrinciples = principlesFor(constitution, "comparison").length > 0;
    const lengths: Lengths = {
      response: spread([...tokensOf(["response", "revision"]), ...pairs.map(({ usage }) => usage.completionTokens)]),
      critique: spread(tokensOf(["critique"])),
      thought: isThinking && hasPrinciples ? spread(thoughts) : { low: 0, high: 0 },
      verdict: spread((verdicts ?? []).map(({ usage }) => usage.completionTokens)),
      latency: latencies.length === 0 ? { low: 0.01, high: 0.1 } : spread(latencies),
      isMeasured: true,
    };
    const { choice } = feedback.report;
    const votes = modelOf(loaded, "feedback").settings.votes ?? defaultVotes;
    const one = choice === "votes" ? votes : 1;
    return {
      inputs: { lengths, roles: { ...roles, feedback: { ...roles.feedback, choiceCalls: { low: one, high: one } } } },
      spent: { items: items.length, calls, tokens },
    };
  } finally {
    await initial.dispose?.();
    await feedback.dispose?.();
    await judge?.dispose?.();
  }
}

/** Where a mean lies, from a few values: two standard errors either way, and a quarter besides, since few is few. */
function spread(values: readonly number[]): Range {
  if (values.length === 0) return { low: 0, high: 0 };
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / Math.max(1, values.length - 1);
  const wide = 2 * Math.sqrt(variance / values.length) + mean / 4;
  return { low: Math.max(0, mean - wide), high: mean + wide };
}
