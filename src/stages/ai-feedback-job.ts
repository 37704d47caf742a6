import { z } from "zod";
import type { Principle } from "../constitution/index.ts";
import {
  type ComparisonRecord,
  comparisonSchema,
  contrastSchema,
  type FeedbackContext,
  type LabelOptions,
  type NoLabelRecord,
  noLabelSchema,
  type Pair,
  type ResponseRecord,
  readingSchema,
  responseSchema,
} from "../feedback/index.ts";
import type { LanguageModel, Message } from "../language-model.ts";
import type { PromptSource } from "../records/index.ts";
import { defineStage, type RecordLog } from "../runs/index.ts";
import type { DataStageContext, ModelRole } from "./context.ts";
import type { Meter } from "./meter.ts";
import type { MethodOptions } from "./options.ts";

const recordSchema = z.discriminatedUnion("type", [
  responseSchema,
  comparisonSchema,
  noLabelSchema,
  contrastSchema,
  readingSchema,
]);
export type AiFeedbackRecord = z.infer<typeof recordSchema>;

/** AI comparisons of the answers of SL-CAI. */
export const aiFeedbackStage = defineStage({
  name: "ai-feedback",
  after: ["sl-cai"],
  records: { records: recordSchema },
});

export interface AiFeedbackInputs {
  readonly prompts: PromptSource;
  /** Answers every prompt twice, or as often as the options say. */
  readonly slCai: ModelRole;
  /** Answers beside it, where the options ask for its answers: then the answers of a prompt differ in more than chance. */
  readonly initial?: ModelRole | undefined;
  /** Says which answer the principles prefer, or how likely an answer is under the contexts of a principle. */
  readonly feedback: ModelRole;
  /** Reads whether the model can express a principle at all, before answers are labelled by its contexts. */
  readonly judge?: ModelRole | undefined;
  /** Where the options ask for labels by debate: the model of SL-CAI argues, the feedback model judges. */
  readonly debates?: PairDebates | undefined;
}

/** Labels pairs by debates over what the judge cannot see, in place of asking it about principles. */
export interface PairDebates {
  /** Changes with their wording. */
  readonly version: string;
  /** Whether a prompt hides something from the judge. */
  hides(messages: readonly Message[]): boolean;
  /** How a prompt hides it, for people. */
  readonly wanted: string;
  label(
    pairs: readonly Pair[],
    hearing: {
      readonly judge: FeedbackContext;
      readonly debater: { readonly name: string; readonly model: LanguageModel };
      readonly rounds: number;
      readonly labels: LabelOptions;
    },
  ): Promise<(ComparisonRecord | NoLabelRecord)[]>;
}

/** What the phases of the stage work with. */
export interface AiFeedbackJob {
  readonly context: DataStageContext;
  readonly inputs: AiFeedbackInputs;
  readonly options: MethodOptions;
  readonly log: RecordLog<AiFeedbackRecord>;
  readonly meter: Meter;
  readonly tellRecords: <T extends AiFeedbackRecord>(records: T[]) => T[];
}

/** A prompt's answers, and the principle that is drawn for it. */
export interface AnsweredPrompt {
  readonly principle: Principle;
  readonly responses: readonly ResponseRecord[];
}
