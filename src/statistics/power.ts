import { PreceptError } from "../errors.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";
import { wilsonShare } from "./intervals.ts";

export interface PowerOptions {
  /** Chance to find what is there, default 0.8. */
  readonly power?: number;
  /** Two-sided level, default 0.05. */
  readonly alpha?: number | undefined;
}

/** (z_{1−α/2} + z_{power})²: what every sample size below is a multiple of. */
function squaredReach({ power = 0.8, alpha = 0.05 }: PowerOptions): number {
  return (normalQuantile(1 - alpha / 2) + normalQuantile(power)) ** 2;
}

/**
 * Items for which the mean of paired differences with this standard deviation tells `difference` from 0; round up.
 * n = (z_{1−α/2} + z_{power})² (sd / δ)².
 * @throws PreceptError input-invalid for a difference of 0 or a negative deviation.
 */
export function sampleSizePaired(difference: number, deviation: number, options: PowerOptions = {}): number {
  if (difference === 0 || !Number.isFinite(difference) || !(deviation >= 0)) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a sample size",
      found: `a difference of ${difference} with standard deviation ${deviation}`,
      expected: "a difference other than 0 and a deviation of at least 0",
    });
  }
  return squaredReach(options) * (deviation / difference) ** 2;
}

/** The same for two shares on the same items, of which a share ψ is discordant: sd² = ψ − δ² (McNemar). */
export function sampleSizeDiscordant(difference: number, discordant: number, options: PowerOptions = {}): number {
  if (!(discordant >= Math.abs(difference) && discordant <= 1)) {
    throw new PreceptError("input-invalid", {
      attempted: "Computing a sample size",
      found: `a share of ${discordant} discordant pairs for a difference of ${difference}`,
      expected: "a share between the difference and 1",
    });
  }
  return sampleSizePaired(difference, Math.sqrt(discordant - difference * difference), options);
}

/** Items in each arm for two independent shares near p that differ by δ: (z + z)² · 2p(1 − p) / δ². */
export function sampleSizeUnpaired(difference: number, p: number, options: PowerOptions = {}): number {
  return sampleSizePaired(difference, Math.sqrt(2 * p * (1 - p)), options);
}

/** Chance that n items tell a paired difference δ with this deviation from 0, both tails. */
export function powerPaired(
  n: number,
  difference: number,
  deviation: number,
  { alpha = 0.05 }: PowerOptions = {},
): number {
  const critical = normalQuantile(1 - alpha / 2);
  if (deviation === 0) return difference === 0 ? alpha : 1;
  const shift = (difference / deviation) * Math.sqrt(n);
  return normalCdf(shift - critical) + normalCdf(-shift - critical);
}

/** Expected half-width of a 95 % Wilson interval at n items, of which `effect` count as one (design effect); p = ½ is the widest. */
export function expectedHalfWidth(n: number, { p = 0.5, effect = 1 }: { p?: number; effect?: number } = {}): number {
  const { low, high } = wilsonShare(p, n / effect);
  return (high - low) / 2;
}
