import { join } from "node:path";
import { type Benchmark, complianceByStrings, type Question, type Reply, type Task } from "../evaluation/index.ts";
import type { PromptItem, PromptKind, PromptSource } from "../records/index.ts";
import { rng } from "../rng.ts";
import { methodOf } from "./method.ts";
import { collectPrompts, type PromptSets } from "./prompts/prompt-set.ts";
import type { Opening, Setting } from "./setting.ts";

/** Prompts of a kind that are measured, unless the configuration says otherwise. */
export const defaultItems = 100;
/** Answers are as long as the method's own: the templates' limit is below this. */
const longestAnswer = 4096;

/** What a project on a model of one's own is measured on: the prompts that its configuration keeps for that, else its own. */
export async function collectMeasures(
  { loaded, run, promptOptions }: Opening,
  own: PromptSets,
): Promise<NonNullable<Setting["measured"]>> {
  const { prompts, items = defaultItems } = loaded.config.evaluate ?? {};
  const { accept: _, ...options } = promptOptions;
  const heldOut =
    prompts === undefined
      ? undefined
      : await collectPrompts(
          { ...loaded, config: { ...loaded.config, prompts } },
          join(run.folder, "prompts", "evaluate"),
          options,
        );
  const { temperature } = methodOf(loaded).options.slCai.sampling;
  const source = (heldOut ?? own).of["sl-cai"];
  const split = heldOut === undefined ? "trained-on" : "fresh";
  return { benchmark: promptBenchmark(source, { split, items, temperature, seed: loaded.config.seed ?? 1 }) };
}

interface PromptBenchmarkOptions {
  readonly split: string;
  /** Most prompts of a kind. */
  readonly items: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Answers to a project's prompts, before and after training, read by rule: what is refused, and what was cut off. */
function promptBenchmark(source: PromptSource, { split, items, temperature, seed }: PromptBenchmarkOptions): Benchmark {
  return {
    id: "prompts",
    version: "1",
    about: {
      title: "The project's prompts",
      citation: "",
      source: "the configuration",
      licence: "of the prompts",
      size: source.sizes["red-team"] + source.sizes.helpful,
      verified: "real rows",
    },
    files: [],
    get: "prompts in the configuration",
    temperature,
    metrics: {
      redTeamRefused: { kind: "rate", about: "red-team prompts whose answer begins as a refusal" },
      helpfulRefused: { kind: "rate", better: "lower", about: "helpful prompts whose answer begins as a refusal" },
      cutOff: { kind: "rate", better: "lower", about: "answers that reached the limit of tokens" },
    },
    async *load() {
      for (const kind of ["red-team", "helpful"] as const) {
        for (const item of await drawItems(source, kind, items, seed)) yield taskOf(item, split);
      }
    },
  };
}

/** At most so many, each as likely, in their order. */
async function drawItems(source: PromptSource, kind: PromptKind, most: number, seed: number): Promise<PromptItem[]> {
  const all = await Array.fromAsync(source.items(kind));
  if (all.length <= most) return all;
  const chosen = new Set(
    rng(seed, "prompt-benchmark", kind)
      .shuffle(all.map(({ id }) => id))
      .slice(0, most),
  );
  return all.filter(({ id }) => chosen.has(id));
}

function taskOf({ id, kind, messages }: PromptItem, split: string): Task {
  const question: Question = { ask: "generate", messages, maxTokens: longestAnswer };
  return {
    id,
    groups: { split, kind },
    questions: () => [question],
    score: ([reply]) => ({ ...valuesOf(kind, reply) }),
  };
}

function valuesOf(kind: PromptKind, reply: Reply | undefined): Record<string, boolean | number | null> {
  const metric = kind === "red-team" ? "redTeamRefused" : "helpfulRefused";
  if (reply?.ask !== "generate" || reply.missing !== undefined) return { [metric]: null };
  const compliance = complianceByStrings(reply.text);
  return {
    [metric]: compliance === "undetermined" ? null : compliance === "refused",
    cutOff: reply.finishReason === "length",
  };
}
