/** An arm of a real experiment: a project's configuration, and what it asks of the models. */
export interface Arm {
  readonly name: string;
  readonly experiment: "values" | "form";
  /** What the reader of the table should know of it. */
  readonly about: string;
  /** The constitution beside this file. */
  readonly constitution: string;
  /** What of the configuration is this arm's own. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly training?: Readonly<Record<string, unknown>>;
  /** Of the prompts of the rarer kind, those whose answers are compared, and as many of the other; default half of them. */
  readonly pairShare?: number;
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
    about:
      "SL-CAI, then DPO, under two principles, each bound to its kind of prompt; `dpo-shuffled-labels`: control, the same pairs, their labels dealt out again at random",
    constitution: "values.yaml",
  },
  {
    name: "values-differing",
    experiment: "values",
    about:
      "the same, but compared are the two least alike of three answers after SL-CAI and one of the initial model, to twice as many prompts, and pairs whose label turns with the order are left out",
    constitution: "values.yaml",
    config: { pairAnswers: { slCai: 3, initial: 1 } },
    training: { dpo: { epochs: 2, alsoShuffled: true, minConfidence: 0.1 } },
    pairShare: 1,
  },
  {
    name: "values-differing-all",
    experiment: "values",
    about: "the same with all those pairs, at twice the rate",
    constitution: "values.yaml",
    config: { pairAnswers: { slCai: 3, initial: 1 } },
    training: { dpo: { epochs: 2, learningRate: 4e-4, alsoShuffled: true } },
    pairShare: 1,
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

/** Preference training starts from the model itself, at the trial's rate: there is no SL-CAI that did most of the way. */
const untuned = { slCai: "none", dpo: { learningRate: 5e-4 } };

const byContrast = { pairSource: "west-of-n", labelSource: "contrastive" };

/** Experiment (ii): a principle of form, with the model of 135 million weights alone. */
const form: readonly Arm[] = [
  {
    name: "form",
    experiment: "form",
    about:
      "the best and the worst of four answers by their likelihood under the principle's two system prompts; DPO with the likelihood of the chosen one; `dpo-shuffled-labels`: control, the same pairs, their labels dealt out again at random",
    constitution: "two-sentences.yaml",
    config: byContrast,
    training: untuned,
  },
  {
    name: "form-rlcd",
    experiment: "form",
    about: "the answer under the one system prompt over the answer under the other, unscored",
    constitution: "two-sentences.yaml",
    config: { pairSource: "rlcd" },
    training: untuned,
  },
  {
    name: "form-distilled",
    experiment: "form",
    about: "fine-tuning on answers under the principle's system prompt, and nothing else",
    constitution: "two-sentences.yaml",
    config: { sftSource: "context-distillation" },
    training: onlySupervised,
  },
];

export const arms: readonly Arm[] = [...values, ...form];

export interface ArmPlace {
  readonly seed: number;
  /** As configurations name them. */
  readonly models: Readonly<Record<"policy" | "helper", string>>;
  /** Whose prompts are measured. */
  readonly split: "development" | "test";
}

const drawn = { temperature: 0.7, topP: 0.95 };

/** The settings of small models (docs/real-models.md), which the trial before this experiment came to; a negative result is one too. */
const shared = { format: "turns", critique: false, whenUseless: "continue" } as const;

const own = {
  values: {
    ...shared,
    rounds: 1,
    fewShots: "few-shots.yaml",
    helpfulSamples: 1,
    // Most are cut at the limit: left out, few and short ones would stand against the refusals.
    keepsCut: true,
    hardLabels: true,
    sampling: { ...drawn, responseTokens: 64, revisionTokens: 80, revisions: { ...drawn, temperature: 0.3 } },
  },
  form: { ...shared, helpfulSamples: 1, sampling: { ...drawn, responseTokens: 120 } },
} as const;

const training = {
  // A step of about ten examples, as in the trial.
  values: { slCai: { epochs: 3, batch: 8 }, dpo: { epochs: 2, alsoShuffled: true } },
  form: {},
} as const;

/** The configuration that `precept run` reads for an arm. */
export function configOf(arm: Arm, { seed, models, split }: ArmPlace): Readonly<Record<string, unknown>> {
  const helpers = arm.experiment === "values" ? { reviser: models.helper, feedback: models.helper } : {};
  const promptsOf = (part: string): Readonly<Record<string, string>> =>
    arm.experiment === "values"
      ? { redTeam: `${part}-red-team.jsonl`, helpful: `${part}-helpful.jsonl` }
      : { redTeam: `${part}-helpful.jsonl` };
  // A run compares answers even where nothing is trained on the comparisons: there, to one prompt.
  const onlyTunes = arm.training === onlySupervised;
  return {
    ...own[arm.experiment],
    ...arm.config,
    constitution: "constitution.yaml",
    models: { initial: models.policy, ...helpers },
    prompts:
      onlyTunes || arm.experiment === "values"
        ? {
            "sl-cai": promptsOf("train"),
            "ai-feedback": promptsOf(onlyTunes ? "one" : "pairs"),
            "rl-cai": promptsOf("one"),
          }
        : promptsOf("train"),
    evaluate: { prompts: promptsOf(split), items: 10_000 },
    training: { preference: "dpo", ...training[arm.experiment], ...arm.training },
    seed,
  };
}
