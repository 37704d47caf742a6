import { SCHEMA_VERSION } from "../records/index.ts";
import { type ChainRecord, isTrainable, textOf } from "./chains.ts";
import type { ResponseRecord, RevisionRecord, SlExampleRecord } from "./records.ts";
import type { FeedbackTemplates } from "./templates.ts";

/**
 * Which revisions are trained on. "all": those of every round, as Bai et al. 2022 §3.1 trains; "final": the last one
 * only (§1.2 says "the final revised responses"), so that no revision is trained on that a later round still faulted.
 */
export type TrainedRevisions = "all" | "final";

/**
 * The training pairs of finished chains: original prompt → revision; critiques are never trained on. A prompt without a
 * revision keeps the model's own answer: what no principle speaks against stays as it was. Answers that were cut off are
 * left out.
 */
export function trainingPairs(
  records: readonly ChainRecord[],
  templates: FeedbackTemplates,
  which: TrainedRevisions,
): SlExampleRecord[] {
  const revisions = Map.groupBy(
    records.filter((record) => record.type === "revision"),
    ({ promptId }) => promptId,
  );
  const responses = records.filter((record) => record.type === "response");
  return responses.flatMap((response) => {
    const usable = (revisions.get(response.promptId) ?? []).filter(({ outcome }) => isTrainable(outcome));
    usable.sort((a, b) => a.round - b.round);
    const chosen = which === "all" ? usable : usable.slice(-1);
    if (chosen.length > 0) return chosen.map((revision) => pair(response, revision, templates));
    return response.finishReason === "stop" ? [pair(response, response, templates)] : [];
  });
}

function pair(
  response: ResponseRecord,
  trained: ResponseRecord | RevisionRecord,
  templates: FeedbackTemplates,
): SlExampleRecord {
  const { prompt } = templates.response(response.messages);
  const text = textOf(trained);
  const round = trained.type === "revision" ? trained.round : 0;
  return {
    type: "sl-example",
    schemaVersion: SCHEMA_VERSION,
    constitutionHash: trained.constitutionHash,
    templateVersion: trained.templateVersion,
    model: trained.model,
    id: trained.id.replace(/\/(?:response|revision)-(\d+)$/, round === 0 ? "/example-0-$1" : "/example-$1"),
    parents: [trained.id],
    principleId: trained.principleId,
    seed: trained.seed,
    source: round > 0 ? "revision" : response.kind === "helpful" ? "helpful" : "unrevised",
    promptId: response.promptId,
    round,
    prompt: typeof prompt === "string" ? prompt : [...prompt],
    completion: templates.completion?.(text) ?? text,
    weight: 1,
  };
}

/** A document of the frozen pre-training corpus, trained on beside the pairs so that nothing old is forgotten. */
export interface ReplayDocument {
  readonly id: string;
  readonly prompt: SlExampleRecord["prompt"];
  readonly completion: string;
  readonly weight?: number | undefined;
}

/** A replay document as a training pair, marked as such: no prompt of the run, no model and no principle made it. */
export function replayPair(
  document: ReplayDocument,
  context: { readonly stage: string; readonly constitutionHash: string; readonly templateVersion: string },
): SlExampleRecord {
  return {
    type: "sl-example",
    schemaVersion: SCHEMA_VERSION,
    constitutionHash: context.constitutionHash,
    templateVersion: context.templateVersion,
    model: "pre-training corpus",
    id: `${context.stage}/replay/${document.id}`,
    parents: [document.id],
    principleId: null,
    seed: 0,
    source: "replay",
    promptId: document.id,
    round: 0,
    prompt: document.prompt,
    completion: document.completion,
    weight: document.weight ?? 1,
  };
}
