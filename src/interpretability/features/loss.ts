import { rng } from "../../rng.ts";
import type { Estimate } from "../../statistics/index.ts";
import type { Site, Transformer } from "../../transformer/index.ts";
import { type Dictionary, decode, type Encoder, encode } from "../dictionaries/index.ts";

export interface SplicedLoss {
  /** Mean next-token losses in nats: of the model, with the site rebuilt, at its mean, and at 0. */
  readonly model: number;
  readonly rebuilt: number;
  readonly meanAblated: number;
  readonly zeroAblated: number;
  /** (mean ablated − rebuilt) / (mean ablated − model), with the bootstrap interval over texts. */
  readonly recovered: Estimate;
  /** The same against zero. */
  readonly recoveredAgainstZero: number;
  /** Share of the variance that the rebuilt values leave. */
  readonly unexplained: number;
  /** Active features per token. */
  readonly l0: number;
  readonly tokens: number;
}

/** A dictionary with the site that it reads and the one that it rebuilds: the same, unless it is a transcoder. */
export interface SplicedDictionary {
  readonly dictionary: Dictionary;
  readonly encoder: Encoder;
  readonly site: Site;
  readonly rebuiltSite: Site;
}

/** What a dictionary's reconstruction costs the model that it is spliced into. */
export async function measureSplicedLoss(
  model: Transformer,
  spliced: SplicedDictionary,
  texts: readonly (readonly number[])[],
  signal?: AbortSignal,
): Promise<SplicedLoss> {
  const { dictionary, encoder, site, rebuiltSite } = spliced;
  const [inputs, values] = (await model.activations(texts, [site, rebuiltSite], { signal })) as [
    Float32Array,
    Float32Array,
  ];
  const code = await encode(encoder, dictionary, inputs);
  const rebuilt = decode(dictionary, code);
  const width = dictionary.outputs;
  const tokens = values.length / width;
  const mean = new Float64Array(width);
  for (let i = 0; i < values.length; i++) mean[i % width]! += values[i]! / tokens;
  const meanValues = values.map((_, i) => mean[i % width]!);
  let [left, all] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    left += (values[i]! - rebuilt[i]!) ** 2;
    all += (values[i]! - mean[i % width]!) ** 2;
  }
  const score = async (written: Float32Array): Promise<number[]> => {
    const logprobs = await model.logprobsWith(texts, { site: rebuiltSite, values: written }, { signal });
    let at = 0;
    return texts.map(({ length }) => {
      const sum = logprobs.subarray(at, at + length).reduce((total, logprob) => total - logprob, 0);
      at += length;
      return sum;
    });
  };
  const losses = [values, rebuilt, meanValues, new Float32Array(values.length)];
  const [own, splicedIn, ablated, zero] = [
    await score(losses[0]!),
    await score(losses[1]!),
    await score(losses[2]!),
    await score(losses[3]!),
  ];
  const scored = texts.reduce((sum, { length }) => sum + length - 1, 0);
  const total = (sums: readonly number[]): number => sums.reduce((sum, one) => sum + one, 0);
  const recover = (pick: readonly number[], baseline: readonly number[]): number => {
    const of = (sums: readonly number[]): number => pick.reduce((sum, text) => sum + sums[text]!, 0);
    return (of(baseline) - of(splicedIn)) / (of(baseline) - of(own));
  };
  const indices = texts.map((_, text) => text);
  const random = rng(1, "loss-recovered");
  const samples = Array.from({ length: 400 }, () =>
    recover(
      indices.map(() => random.integer(indices.length)),
      ablated,
    ),
  );
  samples.sort((a, b) => a - b);
  return {
    model: total(own) / scored,
    rebuilt: total(splicedIn) / scored,
    meanAblated: total(ablated) / scored,
    zeroAblated: total(zero) / scored,
    recovered: {
      estimate: recover(indices, ablated),
      low: samples[9]!,
      high: samples[390]!,
      n: texts.length,
    },
    recoveredAgainstZero: recover(indices, zero),
    unexplained: left / all,
    l0: code.features.length / tokens,
    tokens,
  };
}
