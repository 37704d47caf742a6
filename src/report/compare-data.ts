import { type AnswerRecord, type MeasuredComparison, readMeasuredAnswers } from "../evaluation/index.ts";
import type { Message } from "../language-model.ts";
import { hash32 } from "../rng.ts";

/** A request with the answers of both sides, and which values differ. */
export interface ComparedAnswers {
  readonly messages: readonly Message[];
  readonly before: Pick<AnswerRecord, "id" | "response">;
  readonly after: Pick<AnswerRecord, "id" | "response">;
  readonly changed: readonly { readonly metric: string; readonly from: boolean; readonly to: boolean }[];
}

/** Everything that a page shows of one comparison. */
export interface ComparisonData {
  readonly comparison: MeasuredComparison;
  readonly examples: readonly ComparedAnswers[];
}

const most = 3;

/** The comparison with requests of which the two sides' values differ, then others that they answered in other words. */
export async function readComparison(comparison: MeasuredComparison): Promise<ComparisonData> {
  const [before, after] = await Promise.all(comparison.from.map(readMeasuredAnswers));
  const keyOf = ({ benchmark, groups, itemId, sample }: AnswerRecord): string =>
    `${benchmark}/${groups["split"] ?? ""}/${itemId}/${sample}`;
  const others = new Map((after ?? []).map((answer) => [keyOf(answer), answer]));
  const told = new Set(comparison.rows.filter(({ verdict }) => verdict !== "cannot tell").map(({ metric }) => metric));
  const metrics = new Set(comparison.rows.map(({ metric }) => metric));
  const pairs = [...(before ?? [])]
    .sort((a, b) => hash32(keyOf(a)) - hash32(keyOf(b)))
    .flatMap((answer) => {
      const other = others.get(keyOf(answer));
      if (other === undefined || other.response === answer.response) return [];
      return [
        {
          messages: answer.messages,
          before: { id: answer.id, response: answer.response },
          after: { id: other.id, response: other.response },
          changed: listChanged(answer, other).filter(({ metric }) => metrics.has(metric)),
        },
      ];
    });
  // What the table tells comes first.
  const rank = ({ changed }: ComparedAnswers): number =>
    changed.some(({ metric }) => told.has(metric)) ? 0 : changed.length > 0 ? 1 : 2;
  return { comparison, examples: pairs.sort((a, b) => rank(a) - rank(b)).slice(0, most) };
}

function listChanged({ values: was }: AnswerRecord, { values: is }: AnswerRecord): ComparedAnswers["changed"] {
  return Object.entries(was).flatMap(([metric, from]) => {
    const to = is[metric];
    return typeof from === "boolean" && typeof to === "boolean" && from !== to ? [{ metric, from, to }] : [];
  });
}
