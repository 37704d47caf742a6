import { complianceByStrings } from "../../../src/evaluation/judges/index.ts";
import { givesReason } from "../../../src/reading/index.ts";

/** What an answer did, as strings tell: "?" for an empty one. */
export type Outcome = "complied" | "refused" | "refused with a reason" | "?";

/** One letter an answer, so that a whole set is one short line of a file. */
export const letters: Readonly<Record<Outcome, string>> = {
  complied: "c",
  refused: "r",
  "refused with a reason": "w",
  "?": "?",
};

/** Whether an answer declines, by its first words, and whether it says why: by strings, so "says something like a reason". */
export function readRefusal(response: string): Outcome {
  const compliance = complianceByStrings(response);
  if (compliance === "undetermined") return "?";
  if (compliance !== "refused") return "complied";
  return givesReason(response) ? "refused with a reason" : "refused";
}

/** Sentences of an answer: ends of a line, and marks that end a sentence before a capital, a digit or the end. */
export function countSentences(text: string): number {
  return text
    .split(/\n+|(?<=[.!?…]["'”’)\]]*)\s+(?=["'“‘([]*[\p{Lu}\p{N}])/u)
    .filter((part) => /[\p{L}\p{N}]/u.test(part.replace(/^\s*\d+[.)]\s*$/u, ""))).length;
}
