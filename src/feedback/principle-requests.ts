import type { Principle } from "../constitution/index.ts";

/** The critique request of a principle; ours where it has only a text. */
export function critiqueRequest({ critiqueRequest, text }: Principle): string {
  return (
    critiqueRequest ??
    `Identify specific ways in which the assistant's last response goes against this principle: ${text}`
  );
}

/** The revision request of a principle; ours where it has only a text. */
export function revisionRequest({ revisionRequest, text }: Principle): string {
  return revisionRequest ?? `Please rewrite the assistant response so that it follows this principle: ${text}`;
}

/** The comparison request of a principle, or its text. */
export function comparisonRequest({ comparisonRequest, text }: Principle): string {
  return comparisonRequest ?? text;
}

/** A principle's text as a rule for one answer, with a full stop. */
export function asRule(text: string): string {
  const rule = text.trim().replace(/^choose the (?:response|answer|reply) that /i, "The answer ");
  return /[.!?]["')\]]*$/.test(rule) ? rule : `${rule}.`;
}
