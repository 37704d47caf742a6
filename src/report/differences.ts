import { type AnswerRecord, checkpointNames, compareSubjects, itemsOfAnswers } from "../evaluation/index.ts";
import type { ReportData } from "./data.ts";
import { metricName } from "./names.ts";

/** Each trained checkpoint against the initial model on the prompts that both answered, as `precept compare` has it. */
export function differencesOf(answers: readonly AnswerRecord[]): ReportData["differences"] {
  const bySubject = Map.groupBy(answers, ({ subject }) => subject);
  const subjectOf = (name: string) => {
    const own = bySubject.get(name);
    return own === undefined ? undefined : { name, items: itemsOfAnswers(own) };
  };
  const baseline = subjectOf("initial");
  if (baseline === undefined) return [];
  const directions = (metric: string) => metricName(metric).better;
  return checkpointNames.slice(1).flatMap((checkpoint) => {
    const own = subjectOf(checkpoint);
    if (own === undefined) return [];
    const { rows } = compareSubjects(baseline, own, { by: ["split"], directions });
    return [{ checkpoint, rows: rows.filter(({ group }) => group["split"] !== undefined) }];
  });
}
