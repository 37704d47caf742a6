import type { Constitution } from "../constitution/index.ts";
import type { LanguageModel, Usage } from "../language-model.ts";
import { SCHEMA_VERSION } from "../records/index.ts";
import { rng } from "../rng.ts";
import type { CritiqueGrounds } from "./grounds.ts";
import type { CritiqueRecord, ResponseRecord, RevisionRecord } from "./records.ts";
import type { FeedbackTemplates } from "./templates.ts";

/** What every step of the method needs to ask a model, and to record where an answer came from. */
export interface FeedbackContext {
  readonly model: LanguageModel;
  /** The model's name in records: a checkpoint of the run by its role, else model, address and revision, never a path. */
  readonly modelName: string;
  readonly constitution: Constitution;
  readonly templates: FeedbackTemplates;
  /** What critiques may quote. */
  readonly grounds?: CritiqueGrounds | undefined;
  readonly seed: number;
  /** Prefix of record ids and part of every seed. */
  readonly stage: string;
  readonly signal?: AbortSignal | undefined;
  /** Called once per answer, for what it cost. */
  readonly onAnswer?: (usage: Usage) => void;
  /** Called as the answers of one call come in, with the share of them that is there: 1 ends the call. */
  readonly onShare?: (share: number) => void;
  /** Sees what every phase of a chain made before the next is asked for; what it throws ends the batch. */
  readonly onRecords?: (records: readonly (ResponseRecord | CritiqueRecord | RevisionRecord)[]) => void;
}

/** What is needed to ask a model, whatever it is asked. */
export type Asking = Pick<FeedbackContext, "model" | "modelName" | "stage" | "signal" | "onAnswer" | "onShare">;

/** The place of an answer in a stage. Its seed depends on this and on nothing else. */
export interface Position {
  readonly item: string;
  /** 0 for a first response; revisions count from 1. */
  readonly round: number;
  readonly sample: number;
  /** What is asked there: "response", "critique/danger", … */
  readonly role: string;
}

/** Seed of one request, in [0, 2³¹): a function of (seed, stage, item, round, sample, role). */
export function requestSeed(context: { readonly seed: number; readonly stage: string }, at: Position): number {
  return rng(context.seed, context.stage, at.item, at.round, at.sample, at.role).integer(2 ** 31);
}

/** Where records come from, without what asks a model for them. */
export type Origin = Pick<FeedbackContext, "modelName" | "constitution" | "templates" | "seed" | "stage">;

/** The provenance fields that all records of one context share. */
export function provenanceOf(context: Omit<Origin, "seed" | "stage">) {
  return {
    schemaVersion: SCHEMA_VERSION,
    constitutionHash: context.constitution.hash,
    templateVersion: context.templates.version,
    model: context.modelName,
  } as const;
}
