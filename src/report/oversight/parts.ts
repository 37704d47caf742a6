import type { FoundPart } from "../../charts/index.ts";
import type { OversightFound } from "../../oversight/index.ts";
import { cardPart, policyPart } from "./decided.ts";
import { overoptimisationPart, scalingPart } from "./fitted.ts";
import { critiquePart, debatePart, organismsPart, processPart } from "./judged.ts";

/** What commands of oversight found, part by part, for the pages of the report and the viewer. */
export function toOversightParts(found: OversightFound): FoundPart[] {
  const { debate, critique, process, organisms, scaling, scalingBeside, overoptimisation, decisions, card } = found;
  return [
    ...(decisions.length === 0 ? [] : [policyPart(decisions)]),
    ...(card === undefined ? [] : [cardPart(card)]),
    ...(debate === undefined ? [] : [debatePart(debate)]),
    ...(critique === undefined ? [] : [critiquePart(critique)]),
    ...(process === undefined ? [] : [processPart(process)]),
    ...(organisms.length === 0 ? [] : [organismsPart(organisms)]),
    ...scaling.map((fit) => scalingPart(fit)),
    ...scalingBeside.map((fit) => scalingPart(fit, "-beside")),
    ...(overoptimisation === undefined ? [] : [overoptimisationPart(overoptimisation)]),
  ];
}
