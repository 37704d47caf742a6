/** What makes a model write JSON that fits and is right, measured rung by rung. */

export { type MeasureOptions, measureSteering, type SteeringSubject } from "./measure.ts";
export { type RungName, rungNames, type SteeringTrial, steeringTrialSchema } from "./records.ts";
export { type Score, scoreAnswer } from "./score.ts";
export { steeringFolder, steeringSubject } from "./subject.ts";
export { type SteeringRow, type SteeringSummary, steeringSummarySchema, summariseTrials } from "./summary.ts";
export { defaultWordings, loadSteeringTask, type SteeringItem, type SteeringTask } from "./task.ts";
