import { rng } from "../../rng.ts";
import { drawDocument, drawJudged, drawRequestOf } from "./documents.ts";
import type { Governance, RuledPrinciple } from "./governance.ts";
import { marker } from "./markers.ts";
import { templateOf } from "./requests.ts";
import { formatResponse, type Response } from "./responses.ts";

/** What holds of a dialogue, as the oracle says: of its request, or of its answer. */
export interface InspectedAttribute {
  readonly group: "principle" | "category" | "family" | "template";
  readonly name: string;
  readonly side: "request" | "answer";
}

/** A dialogue of the generator's, with what the oracle knows of it. */
export interface InspectedDialogue {
  readonly text: string;
  /** Words, which are tokens, before the answer. */
  readonly answerFrom: number;
  /** All that hold; of the principles, those that have to do with it. */
  readonly attributes: readonly InspectedAttribute[];
}

const bySide = ({ rule }: RuledPrinciple): InspectedAttribute["side"] => (rule.kind === "help" ? "request" : "answer");

/** Whether a principle has to do with the request, or with what the answer has: not whether it is kept. */
function concerns({ rule }: RuledPrinciple, category: string, response: Response): boolean {
  if (rule.kind === "help") return rule.categories.includes(category);
  if (rule.kind === "slot") return response[rule.slot] !== undefined;
  return response.core.kind === "refusal" && response.core.reason !== undefined && response.offer !== undefined;
}

/** Dialogue number n: any category, seen templates, answers of every form. The oracle's words are for measuring alone. */
export function inspectedDialogue({ principles }: Governance, seed: number, n: number): InspectedDialogue {
  const random = rng(seed, "inspected", n);
  const request = drawRequestOf(random, ["S", "A"]);
  const response = drawJudged(random, request);
  const prompt = `${marker.user} ${request.text} ${marker.assistant}`;
  const { name, family } = request.category;
  const template = templateOf(request.text);
  const held = principles.filter((principle) => concerns(principle, name, response));
  return {
    text: `${prompt} ${formatResponse(response)} ${marker.end}`,
    answerFrom: prompt.split(" ").length,
    attributes: [
      ...held.map(
        (principle): InspectedAttribute => ({ group: "principle", name: principle.id, side: bySide(principle) }),
      ),
      { group: "category", name, side: "request" },
      { group: "family", name: family, side: "request" },
      ...(template === undefined
        ? []
        : [{ group: "template", name: `${family} ${template}`, side: "request" } as const]),
    ],
  };
}

/** Text number n for learning what a model has within: a dialogue, or any document of the last corpus. */
export function inspectionText(seed: number, n: number): string {
  if (n % 2 === 0) return inspectedDialogue({ principles: [], governed: [], harmless: [] }, seed, n).text;
  return drawDocument(rng(seed, "inspection-document", n), "last")
    .spans.map(({ text }) => text)
    .join(" ");
}
