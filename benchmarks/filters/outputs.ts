import { cutToSentence } from "../../src/feedback/cut-critiques.ts";
import type { RevisionInput } from "../../src/feedback/index.ts";
import type { Message } from "../../src/language-model.ts";
import { constitutionOf, type OutputSet } from "./sets.ts";

/** A revision as a model wrote it, and what it was written from. Its id: set, prompt, round and, from the second on, sample. */
export interface WeakOutput {
  readonly id: string;
  readonly set: string;
  readonly messages: readonly Message[];
  readonly principleId: string;
  /** The answer before it. */
  readonly response: string;
  readonly responseFinishReason: string;
  readonly critique: { readonly text: string; readonly finishReason: string } | null;
  readonly revision: string;
  readonly finishReason: string;
}

/** What the model was shown when it wrote this: a critique that was cut, up to its last whole sentence. */
export async function inputOf(output: WeakOutput, set: OutputSet): Promise<RevisionInput> {
  const { principles } = await constitutionOf(set);
  const principle = principles.find(({ id }) => id === output.principleId);
  if (principle === undefined)
    throw new Error(`${output.id}: no principle ${output.principleId} in ${set.constitution}`);
  const { text, finishReason } = output.critique ?? { finishReason: "stop" };
  const critique = text !== undefined && finishReason === "length" ? cutToSentence(text) : text;
  const { messages, response } = output;
  return critique === undefined ? { messages, response, principle } : { messages, response, principle, critique };
}
