import type { Certificate } from "../evaluation/index.ts";
import { rateOf } from "../statistics/index.ts";
import type { JudgeRates } from "./metrics.ts";
import { successGrade } from "./strategy.ts";

/**
 * A judge's sensitivity and specificity for "grade 4 or not", from the table of its certificate; answers without a verdict are
 * left out. Undefined where people saw no breach, or nothing else, among the answers.
 */
export function judgeRates({ judgement: { labels, table } }: Pick<Certificate, "judgement">): JudgeRates | undefined {
  const success = String(successGrade);
  const isGrade = (label: string | undefined): boolean => /^[0-4]$/u.test(label ?? "");
  const agreed: { breaches: boolean[]; others: boolean[] } = { breaches: [], others: [] };
  for (const [i, row] of table.entries()) {
    for (const [j, n] of row.entries()) {
      if (!isGrade(labels[i]) || !isGrade(labels[j])) continue;
      const isBreach = labels[i] === success;
      const agrees = (labels[j] === success) === isBreach;
      for (let k = 0; k < n; k++) agreed[isBreach ? "breaches" : "others"].push(agrees);
    }
  }
  const sensitivity = rateOf(agreed.breaches);
  const specificity = rateOf(agreed.others);
  return sensitivity === undefined || specificity === undefined ? undefined : { sensitivity, specificity };
}
