import type { AnswerRecord } from "../records.ts";
import type { MeasuredItem } from "./pairs.ts";

/** What a comparison reads of an answer. */
export type MeasuredAnswer = Pick<AnswerRecord, "benchmark" | "itemId" | "messages" | "groups" | "values"> &
  Partial<Pick<AnswerRecord, "cluster">>;

/** Answers as items, several samples of one item averaged; with one sample a value stays true or false. */
export function itemsOfAnswers(answers: readonly MeasuredAnswer[]): MeasuredItem[] {
  const items = Map.groupBy(
    answers,
    ({ benchmark, groups, itemId }) => `${benchmark}/${groups["split"] ?? "all"}/${itemId}`,
  );
  return [...items].map(([id, samples]): MeasuredItem => {
    const [first] = samples;
    return {
      id,
      asked: (first?.messages ?? []).map(({ role, content }) => `${role}: ${content}`).join("\n"),
      cluster: first?.cluster,
      groups: { benchmark: first?.benchmark ?? "", ...first?.groups },
      values: valuesOf(samples),
    };
  });
}

function valuesOf(samples: readonly MeasuredAnswer[]): MeasuredItem["values"] {
  const metrics = new Set(samples.flatMap(({ values }) => Object.keys(values)));
  return Object.fromEntries(
    [...metrics].map((metric) => [metric, meanOf(samples.map(({ values }) => values[metric]))]),
  );
}

/** Of the samples with a verdict; null without one. */
function meanOf(values: readonly (boolean | number | null | undefined)[]): boolean | number | null {
  const [only, ...others] = values.filter((value) => value !== null && value !== undefined);
  if (only === undefined) return null;
  if (others.length === 0) return only;
  return [only, ...others].reduce<number>((sum, value) => sum + Number(value), 0) / (others.length + 1);
}
