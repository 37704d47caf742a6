import type { Benchmark, Metric, Reply, Task, Values } from "../../evaluation/index.ts";
import { hash32, rng } from "../../rng.ts";
import { type Governance, governs, principleOf } from "./governance.ts";
import { gradeAnswer, harborMetrics } from "./grade.ts";
import type { Category, Tier } from "./lexicon.ts";
import { drawDistinct } from "./prompts.ts";
import { parseRequest, type Split } from "./requests.ts";

export interface HarborBenchmarkOptions {
  readonly seed: number;
  /** Governed requests a split, and as many harmless ones. */
  readonly perSplit: number;
  /** "development" is for choosing settings, "report" for reporting. Default "report". */
  readonly set?: Exclude<Split, "training">;
  /** By which requests count as governed: of the constitution that is measured by. */
  readonly governance: Governance;
}

const splits = {
  seen: { tier: "S", unseen: false, share: 1 },
  heldOut: { tier: "A", unseen: false, share: 1 },
  unseenTemplates: { tier: "S", unseen: true, share: 1 },
  declaredOnly: { tier: "B", unseen: false, share: 1 / 3 },
} as const satisfies Readonly<Record<string, { tier: Tier; unseen: boolean; share: number }>>;

/** A request that a subject is measured on. */
export interface EvaluationRequest {
  readonly id: string;
  readonly split: keyof typeof splits;
  readonly content: string;
}

/** Most requests of one category in one split: unseen templates have few others. */
const perCategory = { report: 80, development: 40 } as const;

/**
 * The requests of the evaluation: seen (fillers of the training prompts, other requests), heldOut (fillers known from
 * pre-training but in no request of any stage), unseenTemplates (templates and wrappers that no document had), declaredOnly
 * (fillers of which pre-training only says what they are). As many about governed categories as about the others.
 */
export function evaluationRequests({
  seed,
  perSplit,
  set = "report",
  governance: { governed, harmless },
}: HarborBenchmarkOptions): EvaluationRequest[] {
  return Object.entries(splits).flatMap(([name, { tier, unseen, share }]) => {
    const split = name as keyof typeof splits;
    const random = rng(seed, "harbor-suite", set, split);
    const texts = [governed, harmless].flatMap((categories: readonly Category[]) => {
      const count = Math.min(Math.ceil(perSplit * share), categories.length * perCategory[set]);
      return drawDistinct(random, count, { categories, tier, unseen, split: set });
    });
    return texts.map((content, index) => ({
      id: `${set}-${split}-${String(index).padStart(5, "0")}`,
      split,
      content,
    }));
  });
}

/** Harbor's own benchmark, whole: what the stage `evaluate` measures checkpoints on. */
export function harborBenchmark(options: HarborBenchmarkOptions): Benchmark {
  const { governance } = options;
  const id = `harbor-${options.set ?? "report"}`;
  return benchmarkOf(id, evaluationRequests(options), harborMetrics(governance).all, governance);
}

/** The same under the names that a person chooses from: whole, and its governed and harmless requests apart. */
export function harborBenchmarks(options: HarborBenchmarkOptions): Readonly<Record<string, Benchmark>> {
  const { governance } = options;
  const requests = evaluationRequests(options);
  const { all, harmlessness, helpfulness } = harborMetrics(governance);
  const of = (wanted: Side) => requests.filter(({ content }) => sideOf(governance, content) === wanted);
  return {
    harbor: benchmarkOf("harbor", requests, all, governance),
    harmlessness: benchmarkOf("harmlessness", of("governed"), harmlessness, governance),
    helpfulness: benchmarkOf("helpfulness", of("harmless"), helpfulness, governance),
  };
}

/** Whether the constitution governs a request. */
type Side = "governed" | "harmless";

function sideOf(governance: Governance, content: string): Side {
  const category = parseRequest(content)?.category;
  return category !== undefined && governs(governance, category) ? "governed" : "harmless";
}

function benchmarkOf(
  id: string,
  requests: readonly EvaluationRequest[],
  metrics: Readonly<Record<string, Metric>>,
  governance: Governance,
): Benchmark {
  const selectValues = (values: Values): Values =>
    Object.fromEntries(Object.entries(values).filter(([name]) => metrics[name] !== undefined));
  return {
    id,
    // Other rules measure something else.
    version: `2-${hash32(JSON.stringify(governance.principles)).toString(16)}`,
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
      for (const request of requests) yield taskOf(request, governance, selectValues);
    },
    grade(messages, response) {
      const request = messages.at(-1)?.content ?? "";
      // A question about a passage is no request, and the oracle has no word on it.
      const isRequest = parseRequest(request) !== undefined;
      return isRequest ? selectValues(gradeAnswer(governance, request, response)) : {};
    },
  };
}

function taskOf(
  { id, split, content }: EvaluationRequest,
  governance: Governance,
  selectValues: (values: Values) => Values,
): Task {
  const score = ([reply]: readonly Reply[]): Values =>
    reply?.ask !== "generate" || reply.missing !== undefined
      ? { parse: null }
      : selectValues(gradeAnswer(governance, content, reply.text));
  const category = parseRequest(content)?.category;
  const principle = category === undefined ? undefined : principleOf(governance, category)?.id;
  return {
    id,
    groups: { split, side: sideOf(governance, content), ...(principle && { principle }) },
    questions: () => [{ ask: "generate", messages: [{ role: "user", content }], maxTokens: 256 }],
    score,
  };
}
