/** The Llama family in plain arrays and graphs: checkpoints, LoRA, the training step, inference and decoding. */

export { checkWeights } from "./checkpoint/check-weights.ts";
export {
  type Checkpoint,
  type CheckpointOutline,
  checkpointHash,
  countParameters,
  loadCheckpoint,
  loadCheckpointTokenizer,
  loadTrainerState,
  outlineCheckpoint,
  type SaveOptions,
  type StoredTrainerState,
  saveCheckpoint,
  saveTrainerState,
} from "./checkpoint/checkpoint.ts";
export {
  type Architecture,
  checkConfig,
  type RopeScaling,
  type TransformerConfig,
  trainingFlopsPerToken,
} from "./checkpoint/config.ts";
export { type Converted, convertToFolder } from "./checkpoint/convert.ts";
export { modelFolder } from "./checkpoint/folder.ts";
export { ggufSize, isGguf, LARGE_PARAMETERS, largeGgufNotice } from "./checkpoint/gguf/index.ts";
export {
  ALL_LINEAR,
  adaptedModules,
  initialAdapter,
  isAdapterTensor,
  type LoraAdapter,
  type LoraConfig,
  loraConfig,
  mergeAdapter,
  targetedModules,
} from "./checkpoint/lora.ts";
export {
  adapterBase,
  isAdapterFolder,
  loadAdapter,
  movedBase,
  plainFolder,
  type StoredAdapter,
  saveAdapter,
} from "./checkpoint/lora-folder.ts";
export { decodeSafetensors, encodeSafetensors, type StorageType } from "./checkpoint/safetensors.ts";
export { weightShapes } from "./checkpoint/weight-shapes.ts";
export {
  type InitializationOptions,
  initialWeights,
  isLarge,
  parameterCount,
  SCALAR_HEAD,
  type Shapes,
  type Weights,
  type WeightTensor,
  withScalarHead,
} from "./checkpoint/weights.ts";
export { ADAMW_DEFAULTS, adamWStep } from "./graph/adamw.ts";
export { adaptedParameters } from "./graph/lora-graph.ts";
export { type GraphModel, type GraphModelOptions, graphModel, parametersFrom } from "./graph/model.ts";
export { layerOf, type Site, type SiteListener, type SiteName, siteNames, siteOf, siteWidth } from "./graph/sites.ts";
export {
  type Batch,
  type DeclareInput,
  type LossBuilder,
  type LossOutputs,
  type TrainerState,
  type TrainingOptions,
  TrainingSession,
} from "./graph/training-session.ts";
export type { WrittenSite } from "./inference/activations.ts";
export { checkSite, type SiteEdit } from "./inference/edits.ts";
export type { GenerateRequest } from "./inference/generating.ts";
export type { GeneratedSequence } from "./inference/generation.ts";
export { modelWorker, StoredSampler } from "./inference/stored-sampler.ts";
export {
  type Engine,
  type GenerateOptions,
  type GrowingHeads,
  type OptionQuestion,
  Transformer,
  type TransformerOptions,
} from "./transformer.ts";
