import { slides, type TransformerConfig } from "../checkpoint/config.ts";

export interface RopeFrequencies {
  /** Radians per position, one for each pair of channels: headSize / 2. */
  readonly frequencies: Float64Array;
  /** Multiplies cosine and sine. */
  readonly amplitude: number;
}

/** The configuration with the rotation of one of its layers: sliding ones may have a base of their own, never stretched. */
export function rotationOf(config: TransformerConfig, layer: number): TransformerConfig {
  const { slidingRopeTheta: theta } = config;
  const isOwn = theta !== undefined && slides(config, layer);
  return isOwn ? { ...config, ropeTheta: theta, ropeScaling: undefined } : config;
}

/**
 * The rotary frequencies theta^(−2i / headSize) (Su et al. 2021), stretched as the configuration says, for sequences of
 * up to `length` tokens; only "dynamic" depends on the length.
 */
export function ropeFrequencies(config: TransformerConfig, length: number): RopeFrequencies {
  const { headSize, ropeTheta, ropeScaling, contextLength } = config;
  const frequenciesOf = (theta: number): Float64Array =>
    Float64Array.from({ length: headSize / 2 }, (_, i) => theta ** ((-2 * i) / headSize));
  switch (ropeScaling?.type) {
    case undefined:
      return { frequencies: frequenciesOf(ropeTheta), amplitude: 1 };
    case "linear":
      return { frequencies: frequenciesOf(ropeTheta).map((frequency) => frequency / ropeScaling.factor), amplitude: 1 };
    case "dynamic": {
      // NTK-aware: the base grows with the sequence beyond the context (transformers, after u/bloc97 and u/emozilla).
      const { factor } = ropeScaling;
      const growth = (factor * Math.max(length, contextLength)) / contextLength - (factor - 1);
      return { frequencies: frequenciesOf(ropeTheta * growth ** (headSize / (headSize - 2))), amplitude: 1 };
    }
    case "llama3": {
      // Dubey et al. 2024: long wavelengths are divided by the factor, short ones kept, those between are mixed.
      const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = ropeScaling;
      const frequencies = frequenciesOf(ropeTheta).map((frequency) => {
        const rotations = (originalLength * frequency) / (2 * Math.PI);
        const kept = Math.min(1, Math.max(0, (rotations - low) / (high - low)));
        return (frequency * (1 - kept)) / factor + frequency * kept;
      });
      return { frequencies, amplitude: 1 };
    }
    case "yarn": {
      // Peng et al. 2023, equations 13 to 15.
      const { factor, originalLength, betaFast, betaSlow, attentionFactor, truncate } = ropeScaling;
      const channel = (rotations: number): number =>
        (headSize * Math.log(originalLength / (rotations * 2 * Math.PI))) / (2 * Math.log(ropeTheta));
      const first = Math.max(0, truncate ? Math.floor(channel(betaFast)) : channel(betaFast));
      const last = Math.min(headSize - 1, truncate ? Math.ceil(channel(betaSlow)) : channel(betaSlow));
      const width = last === first ? 0.001 : last - first;
      const frequencies = frequenciesOf(ropeTheta).map((frequency, i) => {
        const divided = Math.min(1, Math.max(0, (i - first) / width));
        return (frequency / factor) * divided + frequency * (1 - divided);
      });
      return { frequencies, amplitude: attentionFactor };
    }
  }
}
