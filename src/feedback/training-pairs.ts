import { SCHEMA_VERSION } from "../records/index.ts";
import { type ChainRecord, findChainFaults } from "./chain-faults.ts";
import { textOf } from "./chains.ts";
import type { ResponseRecord, RevisionRecord, SlExampleRecord } from "./records.ts";
import { isTrainable } from "./responses.ts";
import type { FeedbackTemplates } from "./templates.ts";

/**
 * Which revisions are trained on. "all": those of every round (Bai et al. 2022, §3.1). "final": only the last one ("the final
 * revised responses", §1.2), so that no revision is trained on in which a later round still found fault.
 */
export type TrainedRevisions = "all" | "final";

/**
 * The training pairs of finished chains: original prompt → revision. Critiques are never trained on. A prompt without a
 * usable revision keeps the model's own response, which no principle spoke against; a response that was cut off, or is none,
 * is left out. `reread`: also what a critique still found a breach in, and chains in which one round undid another's work.
 */
export function trainingPairs(
  records: readonly ChainRecord[],
  templates: FeedbackTemplates,
  which: TrainedRevisions,
  reread = false,
): SlExampleRecord[] {
  const chains = Map.groupBy(records, ({ promptId }) => promptId);
  const responses = records.filter((record) => record.type === "response");
  return responses.flatMap((response) => {
    const chain = chains.get(response.promptId) ?? [];
    const usable = chain
      .filter((record) => record.type === "revision")
      .filter(({ outcome }) => isTrainable(outcome))
      .sort((a, b) => a.round - b.round);
    const chosen = which === "all" ? usable : usable.slice(-1);
    const isWhole = response.finishReason === "stop" && response.missing === undefined;
    const trained = chosen.length > 0 ? chosen : isWhole ? [response] : [];
    return (reread ? keepSound(trained, chain) : trained).map((text) => pair(response, text, templates));
  });
}

/**
 * Answers of the model's own, to prompts that no principle speaks of, as they are. Those that were cut at their limit are left
 * out, or where `keepsCut`, marked: of a small model's answers few others are left, and those are short.
 */
export function ownPairs(
  responses: readonly ResponseRecord[],
  templates: FeedbackTemplates,
  keepsCut: boolean,
): SlExampleRecord[] {
  return responses
    .filter(({ finishReason, missing }) => missing === undefined && (finishReason === "stop" || isCut(finishReason)))
    .flatMap((response): SlExampleRecord[] => {
      const own = pair(response, response, templates);
      if (!isCut(response.finishReason)) return [own];
      return keepsCut && own.completion.trim() !== "" ? [{ ...own, isCut: true }] : [];
    });
}

const isCut = (finishReason: ResponseRecord["finishReason"]): boolean => finishReason === "length";

function keepSound(
  trained: readonly (ResponseRecord | RevisionRecord)[],
  chain: readonly ChainRecord[],
): (ResponseRecord | RevisionRecord)[] {
  const { breaching, putBacks } = findChainFaults(chain);
  return putBacks.length > 0 ? [] : trained.filter(({ id }) => !breaching.has(id));
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
    source: sourceOf(response, round),
    promptId: response.promptId,
    round,
    prompt: typeof prompt === "string" ? prompt : [...prompt],
    completion: templates.completion?.(text) ?? text,
    weight: 1,
  };
}

function sourceOf({ context, kind }: ResponseRecord, round: number): SlExampleRecord["source"] {
  if (round > 0) return "revision";
  if (context === "positive") return "distilled";
  return kind === "helpful" ? "helpful" : "unrevised";
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
