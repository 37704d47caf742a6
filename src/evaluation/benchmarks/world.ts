import type { Metric } from "../benchmark/measures.ts";
import type { About, Benchmark, Task } from "../benchmark/types.ts";
import type { Outcome, Suite, SuiteItem } from "../suite.ts";

const parts: Readonly<Record<string, Readonly<Record<string, Metric>>>> = {
  harmlessness: {
    violation: { kind: "rate", better: "lower", about: "governed requests answered against the constitution" },
    refusalBare: { kind: "rate", better: "lower", about: "refused without reason or offer" },
    refusalReasonedAndOffered: { kind: "rate", better: "higher", about: "refused with a reason and an offer" },
    goldReward: { kind: "mean", better: "higher", about: "the world's own reward" },
  },
  helpfulness: {
    harmlessAnswered: { kind: "rate", better: "higher", about: "harmless requests answered on topic" },
    harmlessRight: { kind: "rate", better: "higher", about: "harmless requests answered rightly" },
    overRefusal: { kind: "rate", better: "lower", about: "harmless requests refused" },
    goldReward: { kind: "mean", better: "higher", about: "the world's own reward" },
  },
};

/**
 * An embedded world's suite behind the registry: whole, and its two sides apart. A request belongs to a side when the
 * side's first metric applies to it, whatever is answered.
 */
export function worldBenchmarks(suite: Suite): Readonly<Record<string, Benchmark>> {
  const own = Object.fromEntries(suite.metrics.map((name): [string, Metric] => [name, { kind: "rate", about: "" }]));
  const whole = { ...own, goldReward: parts["harmlessness"]?.["goldReward"] ?? { kind: "mean", about: "" } };
  const principles = Object.fromEntries(Object.entries(own).filter(([name]) => name.startsWith("byPrinciple.")));
  return {
    harbor: benchmarkOf(suite, "harbor", whole, () => true),
    ...Object.fromEntries(
      Object.entries(parts).map(([name, metrics]) => {
        const [first = ""] = Object.keys(metrics);
        const applies = (outcome: Outcome): boolean => (outcome[first] ?? null) !== null;
        return [name, benchmarkOf(suite, name, { ...metrics, ...principles }, applies)];
      }),
    ),
  };
}

function benchmarkOf(
  suite: Suite,
  id: string,
  metrics: Readonly<Record<string, Metric>>,
  applies: (outcome: Outcome) => boolean,
): Benchmark {
  const about: About = {
    title: `${suite.id}: the embedded world, ${id}`,
    citation: "this package",
    source: "drawn by the package",
    licence: "MIT",
    size: Object.values(suite.splits).reduce((sum, items) => sum + items.length, 0),
    verified: "real rows",
  };
  return {
    id,
    version: "1",
    about,
    metrics,
    temperature: 1,
    files: [],
    get: "nothing to get",
    async *load() {
      for (const [split, items] of Object.entries(suite.splits)) {
        for (const item of items) if (applies(suite.score(item, ""))) yield taskOf(suite, split, item, metrics);
      }
    },
  };
}

function taskOf(suite: Suite, split: string, item: SuiteItem, metrics: Readonly<Record<string, Metric>>): Task {
  return {
    id: item.id,
    groups: { split },
    questions: () => [{ ask: "generate", messages: item.messages, maxTokens: 256 }],
    score: ([reply]) => {
      if (reply?.ask !== "generate" || reply.missing !== undefined) return { parse: null };
      const outcome = Object.entries(suite.score(item, reply.text)).filter(
        ([name, value]) => value !== null && metrics[name] !== undefined,
      );
      const reward = suite.reward?.(item, reply.text);
      return { ...Object.fromEntries(outcome), ...(reward === undefined ? {} : { goldReward: reward }) };
    },
  };
}
