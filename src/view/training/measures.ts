/** How a number of metrics.jsonl is shown. */
export interface Measure {
  readonly title: string;
  readonly unit: string | null;
  /** Setting among the monitors that bounds it, and what happens there. */
  readonly bounds: readonly string[];
}

const of = (title: string, unit: string | null = null, ...bounds: string[]): Measure => ({ title, unit, bounds });

/** What is shown before the rest, in this order. */
export const mainMeasures: Readonly<Record<string, Measure>> = {
  loss: of("Loss"),
  "held_out/loss": of("Loss on held-out data"),
  "held_out/accuracy": of("Accuracy on held-out pairs"),
  accuracy: of("Accuracy"),
  "rewards/accuracies": of("Pairs whose chosen answer is preferred"),
  "rewards/margins": of("Margin of the implicit reward"),
  "logps/chosen": of("Log-likelihood of the chosen answers"),
  "objective/scores": of("Reward", null, "minScore"),
  "objective/kl": of("KL from the start", "nats an answer", "maxKlNats"),
  "gold/reward": of("Gold reward, measured afterwards"),
  "monitor/length": of("Length of answers", "tokens", "maxLength", "minLength"),
  "completions/clipped_ratio": of("Answers cut at the limit"),
};

/** The rest that has a name; what has none is shown under its own. */
const otherMeasures: Readonly<Record<string, Measure>> = {
  gradient_norm: of("Norm of the gradient"),
  learning_rate: of("Learning rate"),
  lr: of("Learning rate"),
  "held_out/margin": of("Margin on held-out pairs"),
  "objective/entropy": of("Entropy", "nats an answer"),
  "objective/scores_std": of("Spread of the reward"),
  "policy/entropy_avg": of("Entropy", "nats a token", "minEntropyNats"),
  "monitor/boilerplate_rate": of("Answers with a set phrase", null, "maxBoilerplateRate"),
  "monitor/reference_logprob": of("Log-likelihood under the start", "nats a token", "minReferenceLogprob"),
};

/** Counters that only say how far the training is. */
export const counters: ReadonlySet<string> = new Set([
  "step",
  "tokens",
  "episode",
  "optimizer_steps",
  "held_out/pairs",
  "held_out/decided",
]);

export function measureOf(name: string): Measure {
  for (const known of [mainMeasures, otherMeasures]) {
    const found = Object.hasOwn(known, name) ? known[name] : undefined;
    if (found !== undefined) return found;
  }
  return of(name);
}
