/** How a response falls into steps, as data: between them stands what `boundary` finds; joined by `separator` they are the response again. */
export interface StepForm {
  /** A regular expression's source; "" for a response that is one step. */
  readonly boundary: string;
  readonly separator: string;
  /** What follows this text is no part of the steps. */
  readonly until?: string | undefined;
  /** A regular expression's source that the last step fits: a response that leaves its conclusion out is worth nothing. */
  readonly last?: string | undefined;
}

/** A response that is one step: its score is that of its outcome. */
export const wholeForm: StepForm = { boundary: "", separator: " " };

/** Sentences and lines. */
export const sentenceForm: StepForm = { boundary: "(?<=[.!?])\\s+|\\n+", separator: " " };

/** The steps of a response, without empty ones. */
export function splitSteps(response: string, { boundary, until }: StepForm): string[] {
  const end = until === undefined ? -1 : response.indexOf(until);
  const text = (end < 0 ? response : response.slice(0, end)).trim();
  const parts = boundary === "" ? [text] : text.split(new RegExp(boundary, "u"));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Whether a response came to its own end, and to the step that must stand there. */
export function isConcluded(
  { response, finishReason }: { readonly response: string; readonly finishReason: "stop" | "length" },
  form: StepForm,
): boolean {
  const isEnded = finishReason === "stop" || (form.until !== undefined && response.includes(form.until));
  if (!isEnded || form.last === undefined) return isEnded;
  return new RegExp(form.last, "u").test(splitSteps(response, form).at(-1) ?? "");
}

/** The response as far as each of its steps. */
export const prefixesOf = (steps: readonly string[], { separator }: StepForm): string[] =>
  steps.map((_, index) => steps.slice(0, index + 1).join(separator));

/** Labels up to the first wrong step; what follows it was built on an error, and says nothing (Lightman et al. 2023, arXiv 2305.20050, §2.4). */
export function untilFirstError<T extends number | null>(labels: readonly T[]): (T | null)[] {
  const first = labels.findIndex((label) => label !== null && label < 0.5);
  return labels.map((label, index) => (first >= 0 && index > first ? null : label));
}

/** P(every step is right) = Π σ(z_k), z the step head's logits; 0 without a step. */
export const productOfSteps = (logits: readonly number[]): number =>
  logits.length === 0 ? 0 : logits.reduce((product, z) => product / (1 + Math.exp(-z)), 1);

/** Cuts a list into lists of the given lengths, in order. */
export function cutBy<T>(values: readonly T[], lengths: readonly number[]): T[][] {
  let start = 0;
  return lengths.map((length) => {
    const own = values.slice(start, start + length);
    start += length;
    return own;
  });
}
