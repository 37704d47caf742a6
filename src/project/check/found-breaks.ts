import { join } from "node:path";
import { type AnswerRecord, answerSchema, benchmarkStage } from "../../evaluation/index.ts";
import { loadRecords } from "../../records/index.ts";

/** An answer that broke a principle, and the words of it that say so. */
export interface Break {
  readonly principleId: string;
  /** Id of the answer's record. */
  readonly id: string;
  /** What the person said last. */
  readonly request: string;
  /** Turns of the person before it. */
  readonly earlierTurns: number;
  readonly response: string;
  readonly quote: string;
  readonly why: string;
}

/** The judged answers of a check's run, and what they broke. */
export async function readAnswers(
  folder: string,
): Promise<{ readonly answers: readonly AnswerRecord[]; readonly breaks: readonly Break[] }> {
  const answers = await loadRecords(join(folder, benchmarkStage.name, "records.jsonl"), answerSchema);
  return { answers, breaks: answers.flatMap(breaksOf) };
}

function breaksOf({ id, messages, response, findings = [] }: AnswerRecord): Break[] {
  const turns = messages.filter(({ role }) => role === "user");
  return findings
    .filter(({ verdict }) => verdict === "breaks")
    .map(({ principleId, quote = "", why = "" }) => ({
      principleId,
      id,
      request: turns.at(-1)?.content ?? "",
      earlierTurns: Math.max(0, turns.length - 1),
      response,
      quote,
      why,
    }));
}
