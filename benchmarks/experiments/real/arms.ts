/** An arm of a real experiment: a project's configuration, and what it asks of the models. */
export interface Arm {
  readonly name: string;
  readonly experiment: "values" | "form";
  /** What the reader of the table should know of it. */
  readonly about: string;
  /** The constitution beside this file. */
  readonly constitution: string;
  /** An arm with the same first stages, whose run is copied if it is there. */
  readonly base?: string;
  /** What of the configuration is this arm's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly training?: Readonly<Record<string, unknown>>;
}

/** The policy, and the model that revises and compares, by their names in benchmarks/models/table.ts. */
export const policy = "smollm2-135m-instruct";
export const helper = "qwen2.5-coder-1.5b-instruct";

const onlySupervised = { preference: "none" };

/** Experiment (i): values from a model of 1.5 billion weights into one of 135 million. */
const values: readonly Arm[] = [
  {
    name: "values",
    experiment: "values",
    about: "SL-CAI, then DPO, under two principles, each bound to its kind of prompt",
    constitution: "values.yaml",
  },
  {
    name: "values-shuffled",
    experiment: "values",
    about: "control: the same pairs, their labels dealt out again at random",
    constitution: "values.yaml",
    base: "values",
    config: { controls: { shuffleLabels: true } },
  },
  {
    name: "values-unrevised",
    experiment: "values",
    about: "control: fine-tuning on the model's own answers, nothing revised",
    constitution: "values.yaml",
    config: { rounds: 0 },
    training: onlySupervised,
  },
  {
    name: "values-unrelated",
    experiment: "values",
    about: "control: a principle that has nothing to do with harm",
    constitution: "unrelated.yaml",
    training: onlySupervised,
  },
  {
    name: "values-no-rule",
    experiment: "values",
    about: "control: the examples before each request alone, with a rule that says nothing",
    constitution: "no-rule.yaml",
    training: onlySupervised,
  },
];

export const arms: readonly Arm[] = [...values];

export interface ArmPlace {
  readonly seed: number;
  /** The policy's and the helper's files. */
  readonly models: Readonly<Record<"policy" | "helper", string>>;
  /** Whose prompts are measured. */
  readonly split: "development" | "test";
}

/** The settings of small models (docs/real-models.md), which the trial before this experiment came to. */
const shared = {
  format: "turns",
  rounds: 1,
  critique: false,
  critiqued: "all",
  hardLabels: true,
  sampling: {
    temperature: 0.7,
    topP: 0.95,
    responseTokens: 96,
    revisionTokens: 80,
    revisions: { temperature: 0.3 },
  },
  // A negative result is one too.
  whenUseless: "continue",
} as const;

/** The configuration that `precept run` reads for an arm. */
export function configOf(arm: Arm, { seed, models, split }: ArmPlace): Readonly<Record<string, unknown>> {
  const helpers = { reviser: `llamacpp:${models.helper}`, feedback: `llamacpp:${models.helper}` };
  return {
    ...shared,
    ...arm.config,
    constitution: "constitution.yaml",
    models: { initial: `local:${models.policy}`, ...helpers },
    prompts: { redTeam: "train-red-team.jsonl", helpful: "train-helpful.jsonl" },
    evaluate: { prompts: { redTeam: `${split}-red-team.jsonl`, helpful: `${split}-helpful.jsonl` }, items: 10_000 },
    training: { preference: "dpo", ...arm.training },
    seed,
  };
}
