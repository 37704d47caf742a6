import type { Constitution } from "../constitution/index.ts";
import type { FeedbackTemplates } from "../feedback/index.ts";
import type { LanguageModel } from "../models/language-model.ts";
import type { Progress, Run } from "../runs/index.ts";
import type { PreferenceModel, Trainer } from "../training/trainer.ts";

/** Everything a stage works with, injected: stages know no engine, no provider and no world. */
export interface StageContext {
  readonly run: Run;
  readonly constitution: Constitution;
  readonly templates: FeedbackTemplates;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal;
  /** Checkpoint folder of the frozen helpful-only start. */
  readonly initial: string;
  /** Weights of the model, for counting floating-point operations; null where unknown (a hosted model). */
  readonly parameters: number | null;
  load(checkpoint: string): Promise<LanguageModel>;
  loadPreferenceModel(checkpoint: string): Promise<PreferenceModel>;
  readonly trainer: Trainer;
  /** Labels the comparisons instead of the frozen initial model. `name` stands in records. */
  readonly feedbackModel?: { readonly name: string; open(): Promise<LanguageModel> };
}
