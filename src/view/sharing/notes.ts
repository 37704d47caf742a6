import { isRecord } from "../segments/listing.ts";

/** An answer without what reviewers wrote and who they are; what they dropped or kept stays. */
export function withoutNotes(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(withoutNotes);
  if (!isRecord(answer)) return answer;
  const isMark = ["mark", "note", "by", "at"].every((key) => key in answer);
  if (isMark) return { ...answer, note: null, by: null };
  if ("isNoted" in answer) return { ...answer, isNoted: false };
  return Object.fromEntries(Object.entries(answer).map(([key, value]) => [key, withoutNotes(value)]));
}
