/** How a tendency varies with size, data and RL steps: fits, what they foretell, and what comes of pushing a preference model. */

export { evaluateFit, type Fit, type Form, fitForm, fitTendency, forms } from "./fit.ts";
export { type FitAllOptions, fitAll, type MeasuredRun } from "./fit-all.ts";
export {
  axes as scalingAxes,
  courseSchema,
  type FittedTendency,
  type KeptOveroptimisation,
  type KeptScaling,
  keepOveroptimisation,
  keepScaling,
  readOveroptimisation,
  readScaling,
  type ScalingAxis,
} from "./kept.ts";
export * from "./overoptimisation.ts";
export { estimateOfTendency, figureOf, type Point, poolTendencies } from "./points.ts";
export { type Baseline, baselines, type Prediction, type PredictOptions, predictLargest } from "./predict.ts";
export {
  type Counted,
  type Gap,
  isCounted,
  keepSize,
  readSize,
  type SizeRecord,
  sizeFile,
  sizeRecordSchema,
  type Tendency,
} from "./size-record.ts";
