import type { MonitorBounds } from "./trainer.ts";

/** Means over one round of rollouts. */
export interface Monitored {
  readonly klNats: number;
  readonly score: number;
  /** Tokens per response. */
  readonly length: number;
  readonly boilerplateRate: number;
  /** Log-probability per token under the reference model, nats. */
  readonly referenceLogprob: number;
  /** Of the next-token distributions, nats. */
  readonly entropyNats: number;
}

/**
 * Share of texts that carry the most repeated n-gram of words, of all n-grams (default n = 6); 0 when none reaches n words.
 * Catches the collapse where most answers carry one sentence (Bai et al. 2022b §4.3), knowing nothing of its meaning.
 */
export function boilerplateRate(texts: readonly string[], n = 6): number {
  const carriers = new Map<string, number>();
  let most = 0;
  for (const text of texts) {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word.length > 0);
    const own = new Set<string>();
    for (let i = 0; i + n <= words.length; i++) own.add(words.slice(i, i + n).join(" "));
    for (const gram of own) {
      const count = (carriers.get(gram) ?? 0) + 1;
      carriers.set(gram, count);
      if (count > most) most = count;
    }
  }
  return texts.length === 0 ? 0 : most / texts.length;
}

/** The first bound that is broken, in words, or undefined. A bound equal to the value is kept. */
export function brokenBound(monitored: Monitored, bounds: MonitorBounds): string | undefined {
  const above = (name: string, value: number, bound: number | undefined): string | undefined =>
    bound !== undefined && value > bound ? `${name} ${value.toFixed(3)} is above its bound ${bound}` : undefined;
  const below = (name: string, value: number, bound: number | undefined): string | undefined =>
    bound !== undefined && value < bound ? `${name} ${value.toFixed(3)} is below its bound ${bound}` : undefined;
  return (
    above("KL from the reference (nats)", monitored.klNats, bounds.maxKlNats) ??
    below("score", monitored.score, bounds.minScore) ??
    below("response length (tokens)", monitored.length, bounds.minLength) ??
    above("response length (tokens)", monitored.length, bounds.maxLength) ??
    above("boilerplate rate", monitored.boilerplateRate, bounds.maxBoilerplateRate) ??
    below(
      "log-probability under the reference model (nats per token)",
      monitored.referenceLogprob,
      bounds.minReferenceLogprob,
    ) ??
    below("entropy (nats per token)", monitored.entropyNats, bounds.minEntropyNats)
  );
}
