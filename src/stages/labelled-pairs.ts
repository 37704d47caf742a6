import { PreceptError } from "../errors.ts";
import {
  type ComparisonRecord,
  confidence,
  type FeedbackTemplates,
  feedbackRecordSchema,
  type ResponseRecord,
} from "../feedback/index.ts";
import { omitUndefined } from "../omit-undefined.ts";
import { loadRecords } from "../records/index.ts";
import { rng } from "../rng.ts";
import type { PreferenceExample } from "../training/index.ts";
import type { StageContext } from "./context.ts";
import type { ControlOptions, PreferenceModelOptions } from "./options.ts";

/** A labelled pair with where it came from. */
export interface LabelledPair {
  readonly record: ComparisonRecord;
  /** Of the label that the pair was dealt: its own, unless labels are shuffled. */
  readonly raw: number;
  readonly example: PreferenceExample;
  readonly split: "train" | "held-out";
}

export type PairOptions = Pick<PreferenceModelOptions, "minConfidence" | "heldOutShare"> & ControlOptions;

/** The comparisons of a records file as labelled pairs, split by prompt, filtered by the raw label, perhaps shuffled. */
export async function readLabelledPairs(
  context: Pick<StageContext, "seed" | "templates">,
  path: string,
  { minConfidence, heldOutShare, shuffleLabels }: PairOptions,
): Promise<{ readonly comparisons: number; readonly labelled: readonly LabelledPair[] }> {
  const records = await loadRecords(path, feedbackRecordSchema);
  const responses = new Map(records.flatMap((record) => (record.type === "response" ? [[record.id, record]] : [])));
  const all = records.filter((record) => record.type === "comparison");
  const kept = all.filter(({ raw }) => confidence(raw) >= minConfidence);
  const dealt = shuffleLabels ? rng(context.seed, "preference-model", "shuffled labels").shuffle(kept) : kept;
  const labelled = kept.map((record, index): LabelledPair => {
    const random = rng(context.seed, "preference-model", record.promptId, "held out");
    const { label, raw } = dealt[index] ?? record;
    return {
      record,
      raw,
      example: preferenceExample(record, responses, context.templates, label),
      split: random.next() < heldOutShare ? "held-out" : "train",
    };
  });
  return { comparisons: all.length, labelled };
}

function preferenceExample(
  record: ComparisonRecord,
  responses: ReadonlyMap<string, ResponseRecord>,
  templates: FeedbackTemplates,
  label: number,
): PreferenceExample {
  const { id, parents, responses: texts, source } = record;
  const [before, after] = parents.map((parent) => responses.get(parent));
  const messages = before?.messages;
  if (messages === undefined) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading the comparison ${id}`,
      found: `no record of its response ${parents[0]}`,
      expected: "the responses beside their comparisons",
      remedy: "run ai-feedback again",
    });
  }
  const [first, second] = texts.map((text) => templates.completion?.(text) ?? text);
  const cut = [before, after].map((response) => response?.finishReason === "length");
  const isCut = cut.some(Boolean) ? ([cut[0] === true, cut[1] === true] as const) : undefined;
  const { prompt } = templates.response(messages);
  return { id, prompt, responses: [first ?? "", second ?? ""], label, source, ...omitUndefined({ isCut }) };
}

/** The error of a stage that finds no pair to learn from. */
export function nothingToTrainOn(what: string, comparisons: number): PreceptError {
  return new PreceptError("input-invalid", {
    attempted: `Training ${what}`,
    found:
      comparisons === 0 ? "no comparisons" : `none of ${comparisons} comparisons left after the filter and the split`,
    expected: "one training pair or more",
    remedy: "use more prompts, or a lower minConfidence",
  });
}
