import { PreceptError } from "../../../errors.ts";
import type {
  Choice,
  Generation,
  GenerationOptions,
  GenerationRequest,
  LanguageModel,
} from "../../../language-model.ts";

/** One graded answer in a role: which role, under which condition, whether it was right. */
export interface RoleOutcome {
  readonly role:
    | "critic"
    | "reviser"
    | "comparer"
    | "reader"
    | "attacker"
    | "drafter"
    | "checker"
    | "debater"
    | "judge";
  readonly condition: string;
  readonly right: boolean;
}

export interface RoleOptions {
  readonly seed: number;
  /** Items a row. */
  readonly perRow: number;
  readonly signal?: AbortSignal | undefined;
}

export type Generating = Pick<GenerationOptions, "maxTokens" | "temperature" | "stop">;

/** Generates for all requests; the texts by id. */
export async function generateTexts(
  model: LanguageModel,
  requests: readonly GenerationRequest[],
  options: Generating,
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const byId = new Map<string, string>();
  for await (const generation of model.generate(requests, { ...options, signal })) {
    refuseNoAnswer(model, generation);
    byId.set(generation.id, generation.text);
  }
  return byId;
}

/** Probabilities of the letter A against B, by id. */
export async function chooseLetters(
  model: LanguageModel,
  prompts: readonly { readonly id: string; readonly prompt: string }[],
  { seed, signal }: RoleOptions,
): Promise<Map<string, number>> {
  const first = new Map<string, number>();
  const requests = prompts.map((item) => ({ ...item, options: [" A", " B"], seed }));
  for await (const choice of model.choose(requests, { signal })) {
    refuseNoAnswer(model, choice);
    first.set(choice.id, choice.probabilities[0] ?? 0.5);
  }
  return first;
}

/** What is no answer must not count as a wrong or an even one. */
function refuseNoAnswer(model: LanguageModel, { id, outcome, error }: Generation | Choice): void {
  if (error === undefined && (outcome ?? "answered") === "answered") return;
  throw new PreceptError("model-failed", {
    attempted: `Measuring the roles of ${model.id}`,
    found: `no answer to ${id}: ${error ?? outcome}`,
    expected: "an answer to every request",
    remedy: outcome === "context-overflow" ? "a model whose context holds what the roles ask" : "another model",
  });
}
