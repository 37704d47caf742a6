/** Probabilities are kept this far from 0 and 1 in log-odds, so that one principle says ±9.2 nats at most. */
const CERTAINTY_LIMIT = 1e-4;

/**
 * P(first is better) from the two orders: (p₁ + 1 − p₂) / 2, where p₁ is the probability of the first letter with the
 * pair as given and p₂ the same with the contents swapped. A preference for a letter cancels. Lee et al. 2023 §2.1.1.
 */
export function averageOrders(asGiven: number, swapped: number): number {
  return (asGiven + (1 - swapped)) / 2;
}

/** |p₁ − (1 − p₂)|: 0 when the verdict does not depend on the order. Arguments as in `averageOrders`. */
export function orderDisagreement(asGiven: number, swapped: number): number {
  return Math.abs(asGiven - (1 - swapped));
}

/** log(p / (1 − p)) in nats, with p kept 1e-4 away from 0 and 1. */
export function logOdds(probability: number): number {
  const p = Math.min(1 - CERTAINTY_LIMIT, Math.max(CERTAINTY_LIMIT, probability));
  return Math.log(p) - Math.log1p(-p);
}

/** 1 / (1 + e^−x), without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + Math.exp(-x));
  const e = Math.exp(x);
  return e / (1 + e);
}

/**
 * One label from many principles: σ(Σ wᵢ · log-odds pᵢ). A principle that does not apply (p = 0.5) adds nothing, where a
 * mean would drown the others; weight w counts as w equal principles. No principles: 0.5.
 * Not in Bai et al. 2022, who draw one principle per label (§4.1); Kundu et al. 2023, §3.1.1, name it as untried.
 */
export function sumLogOdds(votes: readonly { readonly probability: number; readonly weight: number }[]): number {
  let sum = 0;
  for (const { probability, weight } of votes) sum += weight * logOdds(probability);
  return sigmoid(sum);
}

/** The label clamped to [low, high]; always the last step. Bai et al. 2022, §4.3: 0.4 to 0.6 with chain of thought. */
export function clampLabel(label: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, label));
}

/** σ(log-odds p / T): a temperature T below 1 sharpens a label, one above 1 blunts it. */
export function temperLabel(label: number, temperature: number): number {
  return temperature === 1 ? label : sigmoid(logOdds(label) / temperature);
}

/** A raw label as it is trained on: hardened or tempered, and clamped last. */
export function shapeLabel(
  raw: number,
  {
    hard,
    temperature = 1,
    clamp,
  }: {
    readonly hard: boolean;
    readonly temperature?: number | undefined;
    readonly clamp: readonly [number, number] | null;
  },
): number {
  const soft = hard ? hardLabel(raw) : temperLabel(raw, temperature);
  return clamp === null ? soft : clampLabel(soft, clamp);
}

/** 1 above 0.5, 0 below, 0.5 at 0.5. */
export function hardLabel(label: number): number {
  return label === 0.5 ? 0.5 : label > 0.5 ? 1 : 0;
}

/** How sure a label is: |2p − 1|, in [0, 1]. Filters take the raw value, before hardening and clamping. */
export function confidence(raw: number): number {
  return Math.abs(2 * raw - 1);
}
