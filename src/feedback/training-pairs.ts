import { SCHEMA_VERSION } from "../records/index.ts";
import { type ChainRecord, isTrainable, textOf } from "./chains.ts";
import type { ResponseRecord, RevisionRecord, SlExampleRecord } from "./records.ts";
import type { FeedbackTemplates } from "./templates.ts";

/**
 * Which revisions are trained on. "all": those of every round (Bai et al. 2022, §3.1). "final": only the last one ("the final
 * revised responses", §1.2), so that no revision is trained on in which a later round still found fault.
 */
export type TrainedRevisions = "all" | "final";

/**
 * The training pairs of finished chains: original prompt → revision. Critiques are never trained on. A prompt without a
 * usable revision keeps the model's own response, which no principle spoke against; a response that was cut off is left out.
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

/** A document of the pre-training corpus, trained on beside the pairs so that the model does not forget its roles. */
export interface ReplayDocument {
  readonly id: string;
  readonly prompt: SlExampleRecord["prompt"];
  readonly completion: string;
  readonly weight?: number | undefined;
}

/** A replay document as a training pair, marked as such: it comes from no prompt, model or principle of the run. */
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
