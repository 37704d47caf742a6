import type { CritiqueInput } from "../../feedback/index.ts";
import type { CheckTemplates, Correction } from "../../oversight/index.ts";
import { rightCheck, sentencesOf } from "./checks.ts";
import { breaksVerdict, keepsVerdict } from "./judgement.ts";
import { marker } from "./markers.ts";
import { harborTemplates } from "./templates.ts";

const wrong = "the critique is wrong : ";

/** What kind of sentence of a critique it is: what the answer does, what the rule says, or the verdict. */
const placeOf = (sentence: string): "evidence" | "rule" | "verdict" =>
  sentence === breaksVerdict || sentence === keepsVerdict
    ? "verdict"
    : sentence.startsWith("the answer ")
      ? "evidence"
      : "rule";

/** The true sentence that a check gives takes the place of its like; what followed is for the critic to say anew. */
function correct(critique: string, truth: string): Correction | undefined {
  const sentences = sentencesOf(critique);
  const at = sentences.findIndex((sentence) => placeOf(sentence) === placeOf(truth));
  if (at < 0 || sentencesOf(truth).length !== 1) return undefined;
  const beginning = [...sentences.slice(0, at), truth].join(" ");
  return placeOf(truth) === "verdict"
    ? { kind: "whole", critique: beginning }
    : { kind: "beginning", critique: beginning };
}

const promptOf = (input: CritiqueInput): string => String(harborTemplates.critique(input).prompt);

/** Harbor's checker: it was pre-trained to say whether a critique is right, and which sentence would be. */
export const harborChecks: CheckTemplates = {
  version: "harbor-check-1",
  check: (input) => ({ prompt: `${promptOf(input)} ${input.critique} ${marker.check}`, stop: [], maxTokens: 40 }),
  read(critique, check) {
    if (check === rightCheck) return { kind: "right" };
    return check.startsWith(wrong) ? correct(critique, check.slice(wrong.length)) : undefined;
  },
  resume: (input, beginning) => ({ ...harborTemplates.critique(input), prompt: `${promptOf(input)} ${beginning}` }),
};
