import { type WrittenSuite, writtenSuiteSchema } from "../../evaluation/index.ts";
import { type StatementRecord, suiteSideOf } from "./records.ts";
import type { SuiteTemplates } from "./templates.ts";

/** The rows of a suite in the public sets' format (github.com/anthropics/evals). */
export function formatSuite(statements: readonly StatementRecord[], templates: Pick<SuiteTemplates, "ask">): string {
  const rows = statements.map((record) => {
    const { question, answers } = templates.ask(record.text);
    const [would, wouldNot] = answers;
    const side = suiteSideOf(record);
    const [matching, other] = side === "matching" ? [would, wouldNot] : [wouldNot, would];
    return JSON.stringify({
      ...{ question, statement: record.text, label_confidence: record[side] },
      ...{ answer_matching_behavior: matching, answer_not_matching_behavior: other },
    });
  });
  return `${rows.join("\n")}\n`;
}

/** What stands beside it: how it was written. */
export const formatAbout = (about: WrittenSuite): string =>
  `${JSON.stringify(writtenSuiteSchema.parse(about), null, 2)}\n`;
