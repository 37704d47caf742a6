import type { CritiqueInput, FeedbackTemplates, Rendered } from "../../feedback/index.ts";
import type { Message } from "../../language-model.ts";

/** A critique that is itself criticised. */
export interface CheckInput extends CritiqueInput {
  readonly critique: string;
}

/** What a check leaves of a critique: all of it, another one whole, or a beginning from which the critic goes on. */
export type Correction =
  | { readonly kind: "right" }
  | { readonly kind: "whole"; readonly critique: string }
  | { readonly kind: "beginning"; readonly critique: string };

/** How one kind of model is asked to criticise a critique; passed in, so that this room knows no world. */
export interface CheckTemplates {
  readonly version: string;
  check(input: CheckInput): Rendered;
  /** Undefined where the check says neither that the critique is right nor what would be. */
  read(critique: string, check: string): Correction | undefined;
  /** The critic goes on from a beginning that a check put right. */
  resume?(input: CritiqueInput, beginning: string): Rendered;
}

const checkRequest =
  'Now check your critique as a second reviewer would. Does the response really say what the critique claims, and does the finding follow from it? Name any error in one sentence. Then end with a line of its own, the finding as it should be: "Finding: breaks" or "Finding: keeps".';

/** The critique of a critique as a further turn, for templates whose critiques are dialogues that end with a finding. */
export function checksInTurns(templates: FeedbackTemplates, maxTokens: number): CheckTemplates {
  return {
    version: `check-turns-1/${maxTokens}`,
    check(input) {
      const { prompt } = templates.critique(input);
      const turns: readonly Message[] = typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt;
      const said: Message[] = [
        { role: "assistant", content: input.critique },
        { role: "user", content: checkRequest },
      ];
      return { prompt: [...turns, ...said], stop: [], maxTokens };
    },
    read(critique, check) {
      const found = templates.finding(check);
      if (found === "unclear") return undefined;
      return found === templates.finding(critique) ? { kind: "right" } : { kind: "whole", critique: check };
    },
  };
}
