import type { Message } from "../../language-model.ts";
import { chooseExamples, examplesAsTurns } from "../examples.ts";
import type { RungName } from "./records.ts";
import type { SteeringItem, SteeringTask } from "./task.ts";

/** What a rung adds to the instruction. */
export interface Rung {
  readonly hasExamples: boolean;
  readonly hasPrefill: boolean;
  readonly hasGrammar: boolean;
}

export function rungOf(name: RungName): Rung {
  const parts: readonly string[] = name.split("+");
  return {
    hasExamples: parts.includes("examples"),
    hasPrefill: parts.includes("prefill"),
    hasGrammar: parts.includes("grammar"),
  };
}

/** An item as a model is asked about it: the wording filled in, before it the examples as turns in the same wording. */
export function turnsFor(
  { instruction, wordings, examples, show, exampleTokens }: SteeringTask,
  { input }: Pick<SteeringItem, "input">,
  { rung, format, seed }: { readonly rung: Rung; readonly format: number; readonly seed: number },
): Message[] {
  const wording = wordings[format % wordings.length] ?? "{instruction}\n\n{input}";
  const ask = (text: string): string =>
    wording.replace(/\{(instruction|input)\}/gu, (_, place) => (place === "input" ? text : instruction));
  const chosen = rung.hasExamples ? chooseExamples(examples, show, { input, seed, budget: exampleTokens }) : [];
  return [...examplesAsTurns(chosen, ask), { role: "user", content: ask(input) }];
}
