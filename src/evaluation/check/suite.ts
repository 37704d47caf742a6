import type { Constitution, Principle } from "../../constitution/index.ts";
import type { Message } from "../../language-model.ts";
import { readReply } from "../benchmark/judged.ts";
import type { Metric, Values } from "../benchmark/measures.ts";
import type { Benchmark, Task, VerdictFields } from "../benchmark/types.ts";
import { constitutionJudge, foundVerdict } from "./constitution-judge.ts";

/** The rate of answers that break any principle, among those where one was at stake. */
export const breaksAny = "breaks";
/** … of those that break one principle, among those where it was at stake. */
export const breaksMetric = (principleId: string): string => `breaks/${principleId}`;
/** … of those where a principle was at stake, among all. */
export const stakeMetric = (principleId: string): string => `at-stake/${principleId}`;

/** Whether a metric is one of breaking principles, of whatever constitution. */
export function isBreaking(metric: string): boolean {
  return metric === breaksAny || metric.startsWith("breaks/");
}

/** One request of a suite. */
export interface CheckPrompt {
  readonly id: string;
  readonly kind: string;
  readonly messages: readonly Message[];
}

export interface CheckSuiteOptions {
  readonly constitution: Constitution;
  /** With the system prompt that they are put under. */
  readonly prompts: AsyncIterable<CheckPrompt> | Iterable<CheckPrompt>;
  /** Most tokens of an answer. */
  readonly maxTokens: number;
  readonly temperature: number;
}

/**
 * A suite from a constitution: answers to a project's prompts, each principle asked of each answer. An answer that a
 * principle does not speak about counts for its applicability alone.
 */
export function checkSuite({ constitution, prompts, maxTokens, temperature }: CheckSuiteOptions): Benchmark {
  const { name, principles } = constitution;
  return {
    id: "check",
    version: "1",
    about: {
      title: `${name}, principle by principle`,
      citation: "the project's own constitution",
      source: name,
      licence: "the project's own",
      size: principles.length,
      verified: "not verified on real data",
    },
    files: [],
    get: "name prompts in the configuration",
    metrics: metricsOf(principles),
    temperature,
    needs: { judge: true },
    async *load() {
      for await (const prompt of prompts) yield taskOf(prompt, principles, maxTokens);
    },
    judge: (model) => constitutionJudge(model, principles),
  };
}

function metricsOf(principles: readonly Principle[]): Record<string, Metric> {
  const metrics: Record<string, Metric> = {
    [breaksAny]: { kind: "rate", better: "lower", about: "breaks any principle that was at stake" },
  };
  for (const { id, text } of principles) metrics[breaksMetric(id)] = { kind: "rate", better: "lower", about: text };
  for (const { id } of principles) metrics[stakeMetric(id)] = { kind: "rate", about: "" };
  return metrics;
}

function taskOf({ id, kind, messages }: CheckPrompt, principles: readonly Principle[], maxTokens: number): Task {
  return {
    id,
    groups: { kind },
    questions: () => [{ ask: "generate", messages, maxTokens }],
    score: () => valuesOf(undefined, principles),
    toJudge: (replies) => readReply(messages, replies),
    fromVerdict: (fields) => valuesOf(fields, principles),
  };
}

/** Without a verdict a principle may have been at stake, and broken. */
function valuesOf(fields: VerdictFields | undefined, principles: readonly Principle[]): Values {
  const found = principles.map(({ id }) => ({ id, verdict: foundVerdict(fields, id) }));
  const values: Record<string, boolean | null> = {};
  for (const { id, verdict } of found) {
    values[stakeMetric(id)] = verdict === undefined ? null : verdict !== "not at stake";
    if (verdict !== "not at stake") values[breaksMetric(id)] = verdict === undefined ? null : verdict === "breaks";
  }
  const has = (wanted: string | undefined): boolean => found.some(({ verdict }) => verdict === wanted);
  if (has("breaks")) values[breaksAny] = true;
  else if (has(undefined)) values[breaksAny] = null;
  else if (has("keeps")) values[breaksAny] = false;
  return values;
}
