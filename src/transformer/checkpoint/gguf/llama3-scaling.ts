import type { RopeScaling } from "../config.ts";
import { damagedGguf } from "./damaged.ts";

/** What every Llama 3 has; the factor differs: 8 for 3.1, 32 for 3.2. */
const USUAL = { lowFrequencyFactor: 1, highFrequencyFactor: 4, originalLength: 8192 };

/**
 * GGUF stores what Llama 3 divides each frequency by, not how that was computed: the parameters are those of Meta's models,
 * where they give the divisors stored. @throws PreceptError checkpoint-invalid for others.
 */
export function llama3Scaling(divisors: Float32Array, theta: number, headSize: number, path: string): RopeScaling {
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = USUAL;
  const factor = divisors.reduce((most, divisor) => Math.max(most, divisor), 1);
  const isUsual = divisors.every((divisor, i) => {
    const rotations = (originalLength * theta ** ((-2 * i) / headSize)) / (2 * Math.PI);
    const kept = Math.min(1, Math.max(0, (rotations - low) / (high - low)));
    return Math.abs(divisor * ((1 - kept) / factor + kept) - 1) < 1e-4;
  });
  if (isUsual && divisors.length === headSize / 2) return { type: "llama3", factor, ...USUAL };
  throw damagedGguf(path, "RoPE's frequencies divided in its own way", "as in Llama 3.1 and 3.2", `llamacpp:${path}`);
}
