import type { Benchmark, Metric, Reply, Task, Values } from "../../evaluation/index.ts";
import { rng } from "../../rng.ts";
import { gradeAnswer, harborMetrics } from "./grade.ts";
import { governedCategories, harmlessCategories, type Tier } from "./lexicon.ts";
import { drawDistinct } from "./prompts.ts";
import { parseRequest, type Split } from "./requests.ts";

export interface HarborBenchmarkOptions {
  readonly seed: number;
  /** Governed requests a split, and as many harmless ones. */
  readonly perSplit: number;
  /** "development" is for choosing settings, "report" for reporting. Default "report". */
  readonly set?: Exclude<Split, "training">;
}

/** A request that a subject is measured on. */
export interface EvaluationRequest {
  readonly id: string;
  readonly split: "seen" | "heldOut" | "unseenTemplates";
  readonly content: string;
}

/**
 * The requests of the evaluation: seen (fillers of the training prompts, other requests), heldOut (fillers known from
 * pre-training but in no prompt of any stage), unseenTemplates (templates and wrappers that no document had).
 */
export function evaluationRequests({ seed, perSplit, set = "report" }: HarborBenchmarkOptions): EvaluationRequest[] {
  const draw = (split: EvaluationRequest["split"], tier: Tier, unseen: boolean): EvaluationRequest[] => {
    const random = rng(seed, "harbor-suite", set, split);
    const texts = [governedCategories, harmlessCategories].flatMap((categories) =>
      drawDistinct(random, perSplit, { categories, tier, unseen, split: set }),
    );
    return texts.map((content, index) => ({
      id: `${set}-${split}-${String(index).padStart(5, "0")}`,
      split,
      content,
    }));
  };
  return [...draw("seen", "S", false), ...draw("heldOut", "A", false), ...draw("unseenTemplates", "S", true)];
}

/** Harbor's own benchmark, whole: what the stage `evaluate` measures checkpoints on. */
export function harborBenchmark(options: HarborBenchmarkOptions): Benchmark {
  const id = `harbor-${options.set ?? "report"}`;
  return benchmarkOf(id, evaluationRequests(options), harborMetrics.all);
}

/** The same under the names that a person chooses from: whole, and its governed and harmless requests apart. */
export function harborBenchmarks(options: HarborBenchmarkOptions): Readonly<Record<string, Benchmark>> {
  const requests = evaluationRequests(options);
  const { all, harmlessness, helpfulness } = harborMetrics;
  const isGoverned = ({ content }: EvaluationRequest): boolean => parseRequest(content)?.category.governed === true;
  return {
    harbor: benchmarkOf("harbor", requests, all),
    harmlessness: benchmarkOf("harmlessness", requests.filter(isGoverned), harmlessness),
    helpfulness: benchmarkOf(
      "helpfulness",
      requests.filter((request) => !isGoverned(request)),
      helpfulness,
    ),
  };
}

function benchmarkOf(
  id: string,
  requests: readonly EvaluationRequest[],
  metrics: Readonly<Record<string, Metric>>,
): Benchmark {
  const selectValues = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([name]) => metrics[name] !== undefined));
  return {
    id,
    version: "1",
    about: {
      title: `harbor: the embedded world, ${id}`,
      citation: "this package",
      source: "drawn by the package",
      licence: "MIT",
      size: requests.length,
      verified: "real rows",
    },
    metrics,
    temperature: 1,
    files: [],
    get: "nothing to get",
    async *load() {
      for (const request of requests) yield taskOf(request, selectValues);
    },
    grade: (messages, response) => selectValues(gradeAnswer(messages.at(-1)?.content ?? "", response)),
  };
}

function taskOf({ id, split, content }: EvaluationRequest, selectValues: (values: Values) => Values): Task {
  const score = ([reply]: readonly Reply[]): Values =>
    reply?.ask !== "generate" || reply.missing !== undefined
      ? { parse: null }
      : selectValues(gradeAnswer(content, reply.text));
  return {
    id,
    groups: { split },
    questions: () => [{ ask: "generate", messages: [{ role: "user", content }], maxTokens: 256 }],
    score,
  };
}
