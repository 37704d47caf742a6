import type { AnswerRecord } from "../records.ts";
import type { MeasuredItem } from "./pairs.ts";

/** An answer of the method's own stage, or of a benchmark with what it keeps beside. */
export type MeasuredAnswer = Pick<
  AnswerRecord,
  "suite" | "split" | "itemId" | "messages" | "outcome" | "goldReward"
> & {
  readonly cluster?: string | undefined;
  readonly groups?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, number | null>>;
  /** Metrics whose null means "no verdict"; any other null means "does not apply". */
  readonly undetermined?: readonly string[];
};

export interface ItemOptions {
  /** Whether "byPrinciple.X" applies because of the request, not of the answer: then X governs the request. */
  readonly governing?: (principle: string) => boolean;
}

/**
 * Answers as items, several samples of one item averaged; with one sample an outcome stays true or false. The gold reward
 * is the metric "goldReward"; the principle that governs the request is the group "principle".
 */
export function itemsOfAnswers(answers: readonly MeasuredAnswer[], options: ItemOptions = {}): MeasuredItem[] {
  const groups = Map.groupBy(answers, ({ suite, split, itemId }) => `${suite}/${split}/${itemId}`);
  return [...groups].map(([id, samples]): MeasuredItem => {
    const [first] = samples;
    const values = valuesOf(samples);
    const principle = Object.keys(values)
      .map((metric) => /^byPrinciple\.(.+)$/u.exec(metric)?.[1])
      .find((name) => name !== undefined && options.governing?.(name) === true);
    return {
      id,
      asked: (first?.messages ?? []).map(({ role, content }) => `${role}: ${content}`).join("\n"),
      cluster: first?.cluster === undefined ? undefined : first.cluster,
      groups: {
        suite: first?.suite ?? "",
        split: first?.split ?? "",
        ...first?.groups,
        ...(principle === undefined ? {} : { principle }),
      },
      values,
    };
  });
}

function valuesOf(samples: readonly MeasuredAnswer[]): MeasuredItem["values"] {
  const found = new Map<string, (boolean | number)[]>();
  const add = (metric: string, value: boolean | number | null, isVerdict: boolean): void => {
    if (value === null && !isVerdict) return;
    const list = found.get(metric) ?? [];
    found.set(metric, list);
    if (value !== null) list.push(value);
  };
  for (const { outcome, values = {}, undetermined = [], goldReward } of samples) {
    for (const [metric, value] of Object.entries({ ...outcome, ...values })) {
      add(metric, value, undetermined.includes(metric));
    }
    add("goldReward", goldReward, false);
  }
  return Object.fromEntries([...found].map(([metric, list]) => [metric, meanOf(list)]));
}

function meanOf(list: readonly (boolean | number)[]): boolean | number | null {
  const [only, ...others] = list;
  if (only === undefined) return null;
  return others.length === 0 ? only : list.reduce<number>((sum, value) => sum + Number(value), 0) / list.length;
}
