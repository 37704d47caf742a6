/** Guard models: labels from a run's feedback, heads over tokens as a check, and the file that says what each head stands for. */

export { principleHash } from "../principle-hash.ts";
export {
  type ClassifierOptions,
  classifierCheck,
  type NewReadings,
  scoreOf,
  smoothReadings,
  type TokenClassifier,
  type TokenReader,
  type TokenReadings,
} from "./classifier.ts";
export { ANY, type HeadFile, headFileSchema, matchHeads, readHeadFile, writeHeadFile } from "./head-file.ts";
export {
  countLabels,
  type GuardLabelRecord,
  guardLabelSchema,
  type LabelSplit,
  labelAny,
  labelInputs,
  labelOutputs,
  SPLITS,
  samplesOf,
} from "./labels.ts";
export { changePolicy, type PolicyChanges } from "./write-policy.ts";
