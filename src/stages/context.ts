import type { Constitution } from "../constitution/index.ts";
import type { CritiqueGrounds, FeedbackRecord, FeedbackTemplates } from "../feedback/index.ts";
import type { LanguageModel } from "../language-model.ts";
import type { Progress } from "../progress/index.ts";
import type { Run } from "../runs/index.ts";
import { hashModel } from "../storage/index.ts";
import type { PreferenceModel, Trainer } from "../training/index.ts";

/** A model in one role of the method. */
export interface ModelRole {
  /** As records name it: a checkpoint of the run by its role ("initial", "sl-cai"), else model, address and revision, never a path. */
  readonly name: string;
  /** What a stage's inputs hash of it: a checkpoint's hash, a remote model's name. */
  readonly key: string;
  /** Batches asked for at once; default as the stage has it. An engine in this process wants one after the other. */
  readonly concurrency?: number | undefined;
  open(): Promise<LanguageModel>;
}

/** Everything that a stage which only asks models works with, injected: stages know no engine, no provider and no world. */
export interface DataStageContext {
  readonly run: Run;
  readonly constitution: Constitution;
  readonly templates: FeedbackTemplates;
  /** What critiques may quote. */
  readonly grounds?: CritiqueGrounds | undefined;
  readonly seed: number;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  /** Weights of the model, for counting floating-point operations; null where unknown (a hosted model). */
  readonly parameters: number | null;
  /** Batches asked for at once. Default 1, as a local engine wants; a hosted model is slow one by one. */
  readonly concurrency?: number;
  /** Tokens that other processes of the run have sent and got so far, where some ask the models in place of this one. */
  readonly readTokensElsewhere?: () => number;
  /** Sees the records that this process makes, in the order of making: those of chains by phase, the others by batch. */
  readonly onRecords?: (records: readonly FeedbackRecord[]) => void;
  /** Called before every batch and after every phase of a chain; throws where the data so far would teach nothing. */
  readonly refuseUseless?: () => void;
  /** Whether a stage whose data would teach nothing goes on all the same. Default no. */
  readonly acceptsUseless?: boolean;
}

/** … and what a stage works with that also trains. */
export interface StageContext extends DataStageContext {
  /** Checkpoint folder of the frozen helpful-only start. */
  readonly initial: string;
  load(checkpoint: string): Promise<LanguageModel>;
  loadPreferenceModel(checkpoint: string): Promise<PreferenceModel>;
  readonly trainer: Trainer;
}

/** Whether a project can train here, and so goes through every stage. */
export function canTrain(context: DataStageContext): context is StageContext {
  return "trainer" in context;
}

/** A checkpoint in a role, run in this process. */
export async function checkpointRole(
  { load }: Pick<StageContext, "load">,
  name: string,
  folder: string,
): Promise<ModelRole> {
  return { name, key: await hashModel(folder), concurrency: 1, open: () => load(folder) };
}
