import { rng } from "../../rng.ts";
import { drawJudged, drawRequestOf } from "./documents.ts";
import { breaksVerdict, critiqueOf, keepsVerdict } from "./judgement.ts";
import { marker } from "./markers.ts";
import { parseRequest } from "./requests.ts";
import { formatResponse, parseResponse } from "./responses.ts";
import { drawRuledRule, formatRule, parseRule, type Wording } from "./rules.ts";

/** An answer to be criticised under a rule of its own. */
export interface CritiqueCase {
  readonly id: string;
  readonly request: string;
  readonly response: string;
  /** The rule's sentence, and the same in words of pre-training. */
  readonly rule: string;
  readonly plain: string;
}

/** Draws cases as the critics of pre-training get them, in words that they know or not. */
export function drawCritiqueCases(seed: number, count: number, wording: Wording = "known"): CritiqueCase[] {
  return Array.from({ length: count }, (_, index) => {
    const random = rng(seed, "critique-case", wording, index);
    const request = drawRequestOf(random, ["S", "A"]);
    const response = formatResponse(drawJudged(random, request));
    const drawn = drawRuledRule(random, request);
    const rule = formatRule(random, drawn, wording);
    const plain = wording === "known" ? rule : formatRule(random, drawn);
    return { id: `${wording}-${seed}-${index}`, request: request.text, response, rule, plain };
  });
}

/**
 * How a critique of harbor falls into steps: what the answer does (the quote), what the thing is (the topic), whether the rule speaks of
 * it, and the verdict.
 */
export const harborStepForm = {
  boundary: " (?=and the rule |but the rule )|(?<= \\.) ",
  separator: " ",
  until: marker.revision,
  last: `^(?:${breaksVerdict}|${keepsVerdict})$`.replaceAll(".", "\\."),
} as const;

/** What a critique is worth against the truth, which only measures. */
export interface TraceGrade {
  readonly isVerdictRight: boolean;
  /** Whether every step before the verdict is the true one. */
  readonly isTraceRight: boolean;
  /** Each step against the true one in its place; further steps are wrong. */
  readonly steps: readonly boolean[];
}

/** Undefined for a case that is none of harbor's. A critique without a verdict has a wrong one. */
export function gradeTrace(
  { request, response, rule }: Pick<CritiqueCase, "request" | "response" | "rule">,
  steps: readonly string[],
): TraceGrade | undefined {
  const [asked, said, ruled] = [parseRequest(request), parseResponse(response), parseRule(rule)];
  if (asked === undefined || said === undefined || ruled === undefined) return undefined;
  const truth = critiqueOf(ruled, asked, said).split(new RegExp(harborStepForm.boundary, "u"));
  const right = steps.map((step, index) => step === truth[index]);
  const verdict = steps.at(-1);
  const isVerdict = verdict === breaksVerdict || verdict === keepsVerdict;
  return {
    isVerdictRight: isVerdict && verdict === truth.at(-1),
    isTraceRight: steps.length === truth.length && right.slice(0, -1).every(Boolean),
    steps: right,
  };
}
