import type { FeaturePage } from "./page.ts";

/** Feature pages in the form in which SAEDashboard hands them to Neuronpedia. */
export interface NeuronpediaBatch {
  readonly model_id: string;
  readonly layer: number;
  readonly sae_set: string;
  readonly features: readonly Readonly<Record<string, unknown>>[];
}

export interface NeuronpediaNames {
  readonly model: string;
  readonly layer: number;
  readonly set: string;
  /** Which texts, and how many of them. */
  readonly dataset: string;
  readonly texts: number;
}

/** What a page has goes to the fields that mean the same; those for which it has nothing are empty. */
export function toNeuronpedia(pages: readonly FeaturePage[], names: NeuronpediaNames): NeuronpediaBatch {
  return {
    model_id: names.model,
    layer: names.layer,
    sae_set: names.set,
    features: pages.map((page) => featureOf(page, names)),
  };
}

function featureOf(page: FeaturePage, { dataset, texts }: NeuronpediaNames): Readonly<Record<string, unknown>> {
  const { feature, density, max, histogram, logits, neurons, examples, tokens } = page;
  const width = max / histogram.length;
  const active = histogram.reduce((sum, height) => sum + height, 0);
  /** Share of the active tokens whose activation lies between two bounds. */
  const shareBetween = (low: number, high: number): number =>
    histogram.reduce((sum, height, bin) => {
      const middle = (bin + 0.5) * width;
      return middle >= low && middle < high ? sum + height : sum;
    }, 0) / Math.max(1, active);
  return {
    feature_index: feature,
    neuron_alignment_indices: [],
    neuron_alignment_values: [],
    neuron_alignment_l1: [],
    correlated_neurons_indices: neurons.map(({ neuron }) => neuron),
    correlated_neurons_pearson: neurons.map(({ correlation }) => correlation),
    correlated_neurons_l1: [],
    correlated_features_indices: [],
    correlated_features_l1: [],
    correlated_features_pearson: [],
    neg_str: logits.down.map(({ token }) => token),
    neg_values: logits.down.map(({ effect }) => effect),
    pos_str: logits.up.map(({ token }) => token),
    pos_values: logits.up.map(({ effect }) => effect),
    frac_nonzero: density,
    freq_hist_data_bar_values: histogram.map((_, bin) => (bin + 0.5) * width),
    freq_hist_data_bar_heights: histogram,
    logits_hist_data_bar_heights: [],
    logits_hist_data_bar_values: [],
    n_prompts_total: texts,
    n_tokens_in_prompt: Math.round(tokens / Math.max(1, texts)),
    dataset,
    decoder_weights_dist: [],
    activations: examples.map(({ interval, tokens: words, activations }) => {
      const [low, high] =
        interval === "top" ? [(5 / 6) * max, max] : [((interval - 1) / 6) * max, (interval / 6) * max];
      return { bin_min: low, bin_max: high, bin_contains: shareBetween(low, high), tokens: words, values: activations };
    }),
  };
}
