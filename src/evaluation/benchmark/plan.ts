import { scriptedModel } from "../../models/index.ts";
import {
  addRanges,
  choiceCallsOf,
  estimateTokens,
  exactly,
  type KnownPrice,
  priceOf,
  type Range,
  type RolePlan,
  slackOf,
  unprobed,
  Work,
} from "../../spending/index.ts";
import { expectedHalfWidth } from "../../statistics/index.ts";
import { judgeTurns, verdictTokens } from "../judges/index.ts";
import { defaultBenchmarkOptions } from "./run.ts";
import type { Benchmark, Question, Task } from "./types.ts";

/** A model in its role, as a plan needs it. */
export interface PlannedSubject {
  /** As the person named it. */
  readonly name: string;
  readonly isLocal: boolean;
  /** Undefined where nobody knows it. */
  readonly price?: KnownPrice | undefined;
}

export interface PlannedSubjects {
  readonly target: PlannedSubject;
  /** Checkpoints of a run, each asked everything. */
  readonly count: number;
  readonly attacker?: PlannedSubject | undefined;
  readonly judge?: PlannedSubject | undefined;
}

/** The half-width to expect of a rate near ½: of independent answers, and where those of a cluster say the same. */
export interface ExpectedWidth {
  readonly metric: string;
  readonly n: number;
  readonly clusters: number;
  readonly halfWidth: Range;
}

/** What one benchmark would take and tell, before anything is asked. */
export interface BenchmarkPlan {
  readonly benchmark: string;
  readonly items: number;
  /** Items that there are. */
  readonly available: number;
  readonly samples: number;
  readonly subjects: number;
  readonly widths: readonly ExpectedWidth[];
  readonly roles: readonly RolePlan[];
}

/** A model by name, with its price where it is known. */
export function planSubject(name: string, isLocal: boolean, prices: Parameters<typeof priceOf>[1]): PlannedSubject {
  const price: KnownPrice | undefined = isLocal ? { input: 0, output: 0, from: "own" } : priceOf(name, prices);
  return { name, isLocal, price };
}

/** Calls, tokens and cost by role; what cannot be known (lengths, votes, likelihoods) widens the ranges. */
export function planBenchmark(
  benchmark: Benchmark,
  tasks: readonly Task[],
  available: number,
  samples: number,
  models: PlannedSubjects,
): BenchmarkPlan {
  const { target, attacker, judge, count } = models;
  const times = exactly(samples * count);
  const attacks = new Work();
  const verdicts = new Work();
  // The same for every model, so a stand-in says it.
  const instrument = judge === undefined ? undefined : benchmark.judge?.(scriptedModel({}));
  const prompts = instrument === undefined ? [] : (instrument.parts ?? [instrument]).map(({ prompt }) => prompt);
  for (const task of tasks) {
    if (task.attack !== undefined) attacks.add(times, exactly(tokensOf(task.attack)), lengthOf(task.attack));
    if (task.toJudge === undefined) continue;
    const answer = lengthOf(task.questions({ attack: "", canScore: false })[0]);
    for (const prompt of prompts) {
      const asked = judgeTurns(prompt, { id: "", ...task.toJudge([]), response: "" });
      verdicts.add(times, addRanges(exactly(estimateTokens(asked)), answer), verdictTokens);
    }
  }
  const answering = (canScore: boolean): RolePlan => roleOf("target", asking(tasks, times, target, canScore), target);
  // Whether a hosted model gives likelihoods is known once it is asked.
  const answers = target.isLocal ? answering(true) : envelope(answering(false), answering(true));
  return {
    benchmark: benchmark.id,
    items: tasks.length,
    available,
    samples,
    subjects: count,
    widths: widthsOf(benchmark, tasks, samples),
    roles: [
      answers,
      ...(attacker === undefined ? [] : [roleOf("attacker", attacks, attacker)]),
      ...(judge === undefined ? [] : [roleOf("judge", verdicts, judge)]),
    ].filter(({ calls }) => calls.high > 0),
  };
}

function asking(tasks: readonly Task[], times: Range, { name, isLocal }: PlannedSubject, canScore: boolean): Work {
  const work = new Work();
  const choices = isLocal ? exactly(1) : choiceCallsOf(name);
  for (const task of tasks) {
    const attack = lengthOf(task.attack);
    for (const question of task.questions({ attack: "", canScore })) {
      const prompt = addRanges(exactly(tokensOf(question)), attack);
      const calls = question.ask === "choose" ? choices : exactly(callsOf(question));
      work.add({ low: times.low * calls.low, high: times.high * calls.high }, prompt, lengthOf(question));
    }
  }
  return work;
}

/** How long a model in this process takes is not predicted: 0 s. */
function roleOf(role: string, work: Work, { name, price, isLocal }: PlannedSubject): RolePlan {
  const latency = isLocal ? exactly(0) : unprobed.latency;
  return work.plan(role, { model: name, slack: slackOf.others, price }, latency, defaultBenchmarkOptions.batch);
}

const callsOf = (question: Question): number => (question.ask === "score" ? question.continuations.length : 1);

/** Tokens of one call. */
function tokensOf(question: Question): number {
  if (question.ask !== "score") return estimateTokens(question.messages);
  const { prompt, continuations } = question;
  const lengths = continuations.map((continuation) => estimateTokens(continuation));
  return estimateTokens(prompt) + lengths.reduce((total, length) => total + length, 0) / Math.max(1, lengths.length);
}

/** Tokens that an answer may have. */
function lengthOf(question: Question | undefined): Range {
  if (question === undefined) return exactly(0);
  if (question.ask === "score") return { low: 0, high: 1 };
  return question.ask === "choose"
    ? { low: 1, high: 8 }
    : { low: question.maxTokens * unprobed.share, high: question.maxTokens };
}

function envelope(a: RolePlan, b: RolePlan): RolePlan {
  const widen = (x: Range, y: Range): Range => ({ low: Math.min(x.low, y.low), high: Math.max(x.high, y.high) });
  return {
    role: a.role,
    model: a.model,
    calls: widen(a.calls, b.calls),
    promptTokens: widen(a.promptTokens, b.promptTokens),
    completionTokens: widen(a.completionTokens, b.completionTokens),
    cost: a.cost === undefined || b.cost === undefined ? undefined : widen(a.cost, b.cost),
    seconds: widen(a.seconds, b.seconds),
  };
}

/** Of every rate, with the items and clusters to which it applies. */
function widthsOf({ metrics }: Benchmark, tasks: readonly Task[], samples: number): ExpectedWidth[] {
  const found = new Map<string, { n: number; readonly clusters: Set<string> }>();
  for (const task of tasks) {
    const applying = new Set([...Object.keys(task.score([])), ...Object.keys(task.fromVerdict?.(undefined) ?? {})]);
    for (const metric of applying) {
      if (metrics[metric]?.kind !== "rate") continue;
      const own = found.get(metric) ?? { n: 0, clusters: new Set() };
      found.set(metric, own);
      own.n += samples;
      own.clusters.add(task.cluster ?? task.id);
    }
  }
  return [...found].map(([metric, { n, clusters }]) => ({
    metric,
    n,
    clusters: clusters.size,
    halfWidth: { low: expectedHalfWidth(n), high: expectedHalfWidth(clusters.size) },
  }));
}
