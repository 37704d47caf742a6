import { isFault } from "./check-citations.ts";
import type { CitedText } from "./cited-text.ts";
import { findMarkers, splitCited } from "./markers.ts";
import type { CitationCheck } from "./records.ts";

/**
 * What happens to an answer with a citation that does not hold: it is shown and said so, asked for once more, shown without
 * those sentences, or not shown.
 */
export const faultPolicies = ["mark", "reask", "drop", "refuse"] as const;
export type FaultPolicy = (typeof faultPolicies)[number];

/** @returns what a person may see. */
export function applyPolicy(
  { answer }: CitedText,
  checks: readonly CitationCheck[],
  policy: FaultPolicy,
): { readonly answer: string; readonly isRefused: boolean } {
  const wrong = new Set(checks.filter(isFault).map(({ n }) => n));
  if (wrong.size === 0 || policy === "mark" || policy === "reask") return { answer, isRefused: false };
  if (policy === "refuse") return { answer: "", isRefused: true };
  const sentences = splitCited(answer);
  const kept = sentences.filter((sentence) => !findMarkers(sentence).some(({ n }) => wrong.has(n)));
  const count = sentences.length - kept.length;
  const note = count === 1 ? "(a sentence without support left out)" : `(${count} sentences without support left out)`;
  return { answer: `${kept.join("").trim()} ${note}`.trim(), isRefused: false };
}

/** A fault as one sentence, for people and for models. */
export function describeFault({ n, status, quote, documentId, hint }: CitationCheck): string {
  const nearest = hint === null ? "" : `; ${hint}`;
  if (status === "unresolved") return `[${n}] has no source`;
  const said = `[${n}] "${shorten(quote ?? "")}"`;
  if (status === "elsewhere") return `${said} stands in ${documentId}, not in the document that it names`;
  if (status === "short") return `${said} is too short to show anything`;
  return `${said} stands in no document word for word${nearest}`;
}

const shorten = (text: string): string => {
  const line = text.replace(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
};
