import { z } from "zod";

/** Raised when a field changes its meaning; readers refuse what they do not know. */
export const SCHEMA_VERSION = 1;

export const probabilitySchema = z.number().min(0).max(1);
export const usageSchema = z.object({ promptTokens: z.int().min(0), completionTokens: z.int().min(0) });
export const finishReasonSchema = z.enum(["stop", "length", "content-filter", "error"]);

/** Why there is no answer, as `Outcome` of a language model has it; absent where there is one. */
export const missingSchema = z.enum([
  "refusal",
  "content-filter",
  "empty",
  "unparsable",
  "context-overflow",
  "invalid",
]);
export type Missing = z.infer<typeof missingSchema>;

/**
 * What every derived record carries. `id` names the position (stage/prompt/round/…), so the same inputs give the same
 * id; `parents` are ids of the records (or prompts) it was made from; `principleId` is null where no single principle
 * acted; `constitutionHash` is empty where no constitution did; `model` is a checkpoint of the run by its role ("initial", "sl-cai", …), else the model with its address or
 * its revision ("vllm:Qwen/Qwen3-8B@http://gpu:8000/v1", "local:tiny@sha256:0123…"), never a path; `seed` is the request's own.
 */
export const provenance = {
  schemaVersion: z.literal(SCHEMA_VERSION),
  id: z.string().min(1),
  parents: z.array(z.string().min(1)),
  principleId: z.string().min(1).nullable(),
  constitutionHash: z.string(),
  templateVersion: z.string().min(1),
  model: z.string().min(1),
  seed: z.int().min(0),
};

/** Any record of any room, by what lineage reads of it; its other fields stay as they are. */
export const derivedRecordSchema = z.looseObject({
  type: z.string().min(1),
  ...provenance,
  /** Principles that decided together, where several did. */
  evidence: z.array(z.looseObject({ principleId: z.string().min(1) })).optional(),
});
export type DerivedRecord = z.infer<typeof derivedRecordSchema>;
