import { PreceptError, throwIfInterrupted } from "../errors.ts";
import type { Generation, GenerationRequest, LanguageModel, Message, Prompt } from "../language-model.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { rng } from "../rng.ts";
import { type Estimate, mean, meanInterval, pairedDifference, wilson } from "../statistics/index.ts";
import type { AnswerRecord } from "./records.ts";
import type { Suite, SuiteItem } from "./suite.ts";

/** How a request is put to the model; `FeedbackTemplates` is one. */
export interface ResponseTemplates {
  readonly version: string;
  response(messages: readonly Message[]): {
    readonly prompt: Prompt;
    readonly stop: readonly string[];
    readonly maxTokens: number;
  };
}

export interface EvaluationOptions {
  readonly templates: ResponseTemplates;
  /** Name of what is measured, e.g. "sl-cai"; part of every record, no part of any seed. */
  readonly checkpoint: string;
  readonly constitutionHash: string;
  readonly seed: number;
  /** Answers an item, default 1. Further answers to one prompt are not independent: they narrow `aggregate`'s intervals too much. */
  readonly samples?: number;
  /** Default 1, the model as it is. */
  readonly temperature?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: { advance(n: number, detail?: { readonly tokens?: number | undefined }): void };
}

/** Rates by name; a dot in a metric's name nests. */
export interface RateTree {
  readonly [name: string]: Estimate | RateTree;
}

export interface Evaluation {
  readonly answers: readonly AnswerRecord[];
  readonly rates: Readonly<Record<string, RateTree>>;
}

/**
 * Samples and scores answers to some items of one split, in the items' order: the batch that a resumable stage appends.
 * Seeds come from (seed, suite, item, sample) alone, so that checkpoints answer under common random numbers.
 * @throws PreceptError model-failed when a generation is missing or failed; interrupted; input-invalid for an unknown split.
 */
export async function answerItems(
  model: LanguageModel,
  suite: Suite,
  split: string,
  items: readonly SuiteItem[],
  options: EvaluationOptions,
): Promise<AnswerRecord[]> {
  const { templates, checkpoint, constitutionHash, seed, samples = 1, temperature = 1, signal, progress } = options;
  if (!Object.hasOwn(suite.splits, split)) {
    throw new PreceptError("input-invalid", {
      attempted: `Evaluating ${checkpoint} on ${suite.id}`,
      found: `the split ${split}`,
      expected: `one of ${Object.keys(suite.splits).join(", ")}`,
    });
  }
  const asked = items.flatMap((item) =>
    Array.from({ length: samples }, (_, sample) => ({
      item,
      // The model's stream hangs on this name, which no checkpoint is part of: checkpoints answer under the same numbers.
      id: `${suite.id}/${split}/${item.id}/${sample}`,
      seed: rng(seed, "evaluate", suite.id, item.id, sample).integer(2 ** 31),
      rendered: templates.response(item.messages),
    })),
  );
  // Requests that end alike go out together.
  const groups = new Map<string, { maxTokens: number; stop: readonly string[]; requests: GenerationRequest[] }>();
  for (const { id, seed, rendered } of asked) {
    const { prompt, stop, maxTokens } = rendered;
    const key = JSON.stringify([maxTokens, stop]);
    const group = groups.get(key) ?? { maxTokens, stop, requests: [] };
    group.requests.push({ id, prompt, seed });
    groups.set(key, group);
  }
  const generations = new Map<string, Generation>();
  for (const { maxTokens, stop, requests } of groups.values()) {
    const call = { maxTokens, stop, temperature, signal };
    for await (const generation of model.generate(requests, call)) {
      generations.set(generation.id, generation);
      progress?.advance(1, { tokens: generation.usage.completionTokens });
    }
  }
  throwIfInterrupted(signal, `Evaluating ${checkpoint} on ${suite.id}`);
  return asked.map(({ item, id, seed }): AnswerRecord => {
    const generation = generations.get(id);
    if (generation === undefined || generation.finishReason === "error") {
      throw new PreceptError("model-failed", {
        attempted: `Evaluating ${checkpoint} on ${suite.id}, split ${split}`,
        found: `no answer to ${item.id}${generation === undefined ? "" : `: ${generation.error ?? "an error"}`}`,
        expected: "one answer to every request",
        // What does not fit, or is refused as faulty, will be so again.
        remedy:
          generation?.outcome === "context-overflow" || generation?.outcome === "invalid"
            ? "a model whose context holds this request, or a suite without it"
            : "run the same command again: finished batches are kept",
      });
    }
    return {
      type: "answer",
      schemaVersion: SCHEMA_VERSION,
      id: `evaluate/${checkpoint}/${id}`,
      parents: [item.id],
      principleId: null,
      constitutionHash,
      templateVersion: templates.version,
      model: checkpoint,
      seed,
      checkpoint,
      suite: suite.id,
      split,
      itemId: item.id,
      messages: item.messages.map(({ role, content }) => ({ role, content })),
      response: generation.text,
      outcome: { ...suite.score(item, generation.text) },
      goldReward: suite.reward?.(item, generation.text) ?? null,
      usage: { ...generation.usage },
    };
  });
}

/** Measures a model on every split of a suite. */
export async function evaluateModel(
  model: LanguageModel,
  suite: Suite,
  options: EvaluationOptions,
): Promise<Evaluation> {
  const answers: AnswerRecord[] = [];
  for (const [split, items] of Object.entries(suite.splits)) {
    answers.push(...(await answerItems(model, suite, split, items, options)));
  }
  return { answers, rates: aggregate(answers) };
}

/**
 * Wilson rates by split and metric; null outcomes are in no denominator, and a metric that never applied is absent.
 * Outcomes are counted, so the order of the answers does not matter.
 * @throws PreceptError input-invalid when one metric's name is the beginning of another's ("a" and "a.b").
 */
export function aggregate(answers: Iterable<Pick<AnswerRecord, "split" | "outcome">>): Record<string, RateTree> {
  const counts = new Map<string, Map<string, { n: number; successes: number }>>();
  for (const { split, outcome } of answers) {
    const metrics = counts.get(split) ?? new Map<string, { n: number; successes: number }>();
    counts.set(split, metrics);
    for (const [metric, value] of Object.entries(outcome)) {
      if (value === null) continue;
      const count = metrics.get(metric) ?? { n: 0, successes: 0 };
      count.n += 1;
      if (value) count.successes += 1;
      metrics.set(metric, count);
    }
  }
  return Object.fromEntries([...counts].map(([split, metrics]) => [split, nest(metrics)]));
}

interface Branch {
  [name: string]: Estimate | Branch;
}

function nest(metrics: ReadonlyMap<string, { readonly n: number; readonly successes: number }>): RateTree {
  const root: Branch = {};
  for (const [metric, { n, successes }] of metrics) {
    const path = metric.split(".");
    const leaf = path.pop() ?? metric;
    let branch = root;
    for (const name of path) {
      const next = Object.hasOwn(branch, name) ? branch[name] : undefined;
      if (next !== undefined && isRate(next)) throw clash(metric);
      const child: Branch = next ?? {};
      branch[name] = child;
      branch = child;
    }
    if (Object.hasOwn(branch, leaf)) throw clash(metric);
    branch[leaf] = wilson(successes, n);
  }
  return root;
}

function clash(metric: string): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: "Aggregating the outcomes of a suite",
    found: `the metric ${metric} beside one that is the beginning of its name, or begins with it`,
    expected: "names that are either rates or groups of rates",
  });
}

export function isRate(value: Estimate | RateTree): value is Estimate {
  return typeof value["estimate"] === "number";
}

/**
 * Gold reward of one checkpoint over another on the same items of a split: mean paired difference, Student t, 95 %.
 * Several answers to an item are averaged first, so n counts items.
 * @throws PreceptError input-invalid when the two did not answer the same items or an answer has no gold reward.
 */
export function comparePaired(answers: readonly AnswerRecord[], baseline: readonly AnswerRecord[]): Estimate {
  const ours = goldByItem(answers);
  const theirs = goldByItem(baseline);
  const missing = [...ours.keys()].find((id) => !theirs.has(id)) ?? [...theirs.keys()].find((id) => !ours.has(id));
  if (missing !== undefined) {
    throw new PreceptError("input-invalid", {
      attempted: "Comparing two checkpoints item by item",
      found: `the item ${missing} on one side only`,
      expected: "answers to the same items",
      remedy: "evaluate both checkpoints on the same suite",
    });
  }
  const ids = [...ours.keys()].sort();
  return pairedDifference(
    ids.map((id) => ours.get(id) ?? Number.NaN),
    ids.map((id) => theirs.get(id) ?? Number.NaN),
  );
}

/** Mean gold reward over the items of some answers, with its interval. */
export function meanGoldReward(answers: readonly AnswerRecord[]): Estimate {
  return meanInterval([...goldByItem(answers).values()]);
}

function goldByItem(answers: readonly AnswerRecord[]): Map<string, number> {
  const rewards = new Map<string, number[]>();
  for (const { split, itemId, goldReward, id } of answers) {
    if (goldReward === null) {
      throw new PreceptError("input-invalid", {
        attempted: "Reading gold rewards",
        found: `none in ${id}`,
        expected: "answers of a suite that has a reward",
      });
    }
    const key = `${split}/${itemId}`;
    const samples = rewards.get(key);
    if (samples === undefined) rewards.set(key, [goldReward]);
    else samples.push(goldReward);
  }
  return new Map([...rewards].map(([key, samples]) => [key, mean(samples)]));
}
