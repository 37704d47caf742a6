import { type AnswerRecord, answerSchema, type Break } from "../../evaluation/index.ts";
import { loadRecords } from "../../records/index.ts";

/** The judged answers of a check, and what they broke. */
export async function readAnswers(
  path: string,
): Promise<{ readonly answers: readonly AnswerRecord[]; readonly breaks: readonly Break[] }> {
  const answers = await loadRecords(path, answerSchema);
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
