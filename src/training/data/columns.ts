import type { z } from "zod";
import { findNearest } from "../../nearest.ts";
import { traceColumns } from "../../records/index.ts";

/** Columns of published data sets that change nothing that is trained. */
const notes: ReadonlySet<string> = new Set([
  ...traceColumns,
  // HuggingFaceH4/ultrafeedback_binarized, argilla's copies, allenai's preference mixtures
  ...["prompt_id", "score_chosen", "score_rejected", "chosen_score", "rejected_score", "margin"],
  ...[
    "chosen_rating",
    "rejected_rating",
    "chosen-rating",
    "rejected-rating",
    "chosen_avg_rating",
    "rejected_avg_rating",
  ],
  ...[
    "chosen_model",
    "rejected_model",
    "chosen-model",
    "rejected-model",
    "chosen_policy",
    "rejected_policy",
    "reference_response",
  ],
  // what best-of-n writes
  "reward",
  // what people write beside their rows
  ...[
    "metadata",
    "meta",
    "tags",
    "category",
    "topic",
    "task",
    "dataset",
    "subset",
    "split",
    "language",
    "lang",
    "license",
  ],
  ...["url", "model", "generator", "created", "created_at", "timestamp", "index", "uuid", "hash", "annotator"],
  // openai's; lists of tools that are not empty are refused
  ...["parallel_tool_calls", "name"],
]);

export type Columns = Readonly<Record<string, unknown>>;

/** Nothing, as tables fill their holes. */
export const isAbsent = (value: unknown): boolean =>
  value === null || value === undefined || (Array.isArray(value) && value.length === 0);

/** Names every key that is neither read nor known to change nothing. */
export function refuseUnknownKeys(
  row: Columns,
  read: readonly string[],
  context: z.RefinementCtx,
  path: readonly string[] = [],
): void {
  for (const [key, value] of Object.entries(row)) {
    if (read.includes(key) || notes.has(key) || isAbsent(value)) continue;
    const near = findNearest(key, read, 2);
    const hint =
      near.length > 0 ? `did you mean ${near.join(" or ")}?` : `known are ${read.join(", ")}; notes go under metadata`;
    context.addIssue({ code: "custom", path: [...path, key], message: `an unknown key; ${hint}` });
  }
}
