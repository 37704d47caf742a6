import { critiqueRequest } from "./principle-requests.ts";
import type { CritiqueRecord } from "./records.ts";
import type { CritiqueInput } from "./templates.ts";

/** A quotation of a critique, and whether its words stand in a document. */
export type GroundCheck = NonNullable<CritiqueRecord["grounds"]>["checks"][number];

/** What critiques may quote: a constitution, a handbook. Passed in by whoever composes a run. */
export interface CritiqueGrounds {
  /** Names documents and wording; it stands in the version of a critique's template. */
  readonly version: string;
  /** Passages that bear on an answer, and how to quote them; empty where none do. */
  request(input: CritiqueInput): Promise<string>;
  check(critique: string, id: string): readonly GroundCheck[];
}

/** What becomes of critiques that quote what no document says: marked, or also passed over as if there were none. */
export const unfoundedCritiques = ["mark", "pass-over"] as const;
export type UnfoundedCritiques = (typeof unfoundedCritiques)[number];

/** The principle whose critique request brings passages along, in whatever wording the templates put it. */
export async function withGrounds(input: CritiqueInput, grounds: CritiqueGrounds | undefined): Promise<CritiqueInput> {
  const request = (await grounds?.request(input)) ?? "";
  if (request === "") return input;
  const { principle } = input;
  return { ...input, principle: { ...principle, critiqueRequest: `${critiqueRequest(principle)}\n\n${request}` } };
}

/** The check of a critique for its record. */
export function groundsOf(
  critique: string,
  id: string,
  {
    grounds,
    unfounded = "mark",
  }: { readonly grounds?: CritiqueGrounds | undefined; readonly unfounded?: UnfoundedCritiques | undefined },
): CritiqueRecord["grounds"] {
  if (grounds === undefined) return undefined;
  const checks = grounds
    .check(critique, id)
    .map(({ n, quote, status, documentId, span, hint }) => ({ n, quote, status, documentId, span, hint }));
  const isFalse = checks.some(({ status }) => status === "absent" || status === "elsewhere" || status === "unresolved");
  const holds = checks.some(({ status }) => status === "verbatim" || status === "folded");
  const verdict = isFalse ? "unfounded" : holds ? "founded" : "none";
  const isPassedOver = isFalse && unfounded === "pass-over" ? true : undefined;
  return { verdict, isPassedOver, checks };
}

/** Whether a critique was passed over for what it quotes. */
export const isPassedOver = ({ grounds }: Pick<CritiqueRecord, "grounds">): boolean => grounds?.isPassedOver === true;
