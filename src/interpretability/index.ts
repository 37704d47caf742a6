/** What a model represents: activations, dictionaries of features, probes and directions. */

export { ActivationStore } from "./activations/store.ts";
export { type ActivationJob, type InspectedModel, writeActivations } from "./activations/write-store.ts";
export * from "./dictionaries/index.ts";
export { type ChangedFeature, type DiffRequest, diffFeatures, type GroupRates } from "./features/diff.ts";
export { type Explanation, explainFeature } from "./features/explain.ts";
export {
  type Attribute,
  type BestUnit,
  type ChosenUnit,
  chooseUnits,
  findBestUnits,
  measureF1,
  measureUnit,
} from "./features/f1.ts";
export type { LogitEffect } from "./features/logit-effects.ts";
export { measureSplicedLoss, type SplicedDictionary, type SplicedLoss } from "./features/loss.ts";
export { type FeatureMatch, matchActivations, matchRows } from "./features/match.ts";
export {
  directionMaxima,
  featureMaxima,
  type Maxima,
  neuronMaxima,
  type PartedText,
  type Side,
  sideMeans,
  sides,
} from "./features/maxima.ts";
export { type NeuronpediaBatch, toNeuronpedia } from "./features/neuronpedia.ts";
export type { NeuronCorrelation } from "./features/neurons.ts";
export { activationsOf, type FeaturePage, makePages, type PageExample, type PageRequest } from "./features/page.ts";
export {
  type Contrast,
  contrastMeans,
  countTokens,
  projectRows,
  thresholdFor,
} from "./probes/direction.ts";
export { fitLogisticProbe, type LogisticProbe, probeLogits } from "./probes/logistic.ts";
export { loadProbe, type ProbeFile, saveProbe } from "./probes/probe-file.ts";
