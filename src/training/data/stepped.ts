import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import type { Prompt } from "../../language-model.ts";
import { prefixesOf, type StepForm, splitSteps, untilFirstError } from "../steps.ts";
import type { HeadExample } from "../trainer.ts";
import { id, ownId, prompt } from "./fields.ts";
import { form, rowOf } from "./forms.ts";
import { readRows } from "./rows.ts";

/** A response in steps, and P(right) of each, where somebody said. */
export interface SteppedExample {
  readonly id: string;
  readonly prompt: Prompt;
  readonly steps: readonly string[];
  /** One a step, null where nobody said; undefined where nobody said anything. */
  readonly labels?: readonly (number | null)[] | undefined;
  /** P(right) of what the steps end with; default the last step's, where somebody labelled it. */
  readonly outcome?: number | undefined;
}

const label = z.union([z.boolean().transform(Number), z.number().min(0).max(1)]);
const steppedRow = rowOf({
  prompt: form(
    z.object({
      id,
      prompt,
      completions: z.array(z.string().min(1, "an empty step")).min(1, "no step"),
      labels: z.array(label.nullable()).optional(),
      outcome: label.optional(),
    }),
    (row, refuse) =>
      row.labels === undefined || row.labels.length === row.completions.length
        ? row
        : refuse("labels", `${row.labels.length} labels of ${row.completions.length} steps`),
  ),
});

/** TRL's rows of stepwise supervision: {"prompt", "completions": […], "labels": […]}. @throws PreceptError input-invalid with file, line and field. */
export function readSteppedExamples(path: string): Promise<SteppedExample[]> {
  return readRows(path, steppedRow, (row, where) => ({
    id: ownId(row.id, where),
    prompt: row.prompt,
    steps: row.completions,
    labels: row.labels,
    outcome: row.outcome,
  }));
}

/**
 * What a step head learns from: each response as far as each step, labelled up to the first error; or, on outcomes, each whole response.
 * @throws PreceptError input-invalid for steps that the form would not find again, not-enough-evidence without labels of both kinds.
 */
export function stepHeadExamples(
  examples: readonly SteppedExample[],
  on: "steps" | "outcome",
  stepForm: StepForm,
): HeadExample[] {
  const made = examples.flatMap(({ id: own, prompt: asked, steps, labels = [], outcome }): HeadExample[] => {
    refuseOtherSteps(own, steps, stepForm);
    const prefixes = prefixesOf(steps, stepForm);
    if (on === "outcome") {
      const said = outcome ?? labels.at(-1);
      if (said === undefined || said === null) throw noOutcome(own);
      return [{ id: own, prompt: asked, response: prefixes.at(-1) ?? "", labels: [said] }];
    }
    return untilFirstError(labels).flatMap((said, index): HeadExample[] =>
      said === null ? [] : [{ id: `${own}/${index}`, prompt: asked, response: prefixes[index] ?? "", labels: [said] }],
    );
  });
  const right = made.filter(({ labels }) => (labels[0] ?? 0) > 0.5).length;
  if (right > 0 && right < made.length) return made;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Training a reward of ${on}`,
    found: made.length === 0 ? "no label" : `${made.length} labels, all ${right === 0 ? "wrong" : "right"}`,
    expected: "some that are right and some that are wrong",
    remedy: "responses of a weaker model, or sampled at a higher temperature",
  });
}

/** Left out, only the responses without an early error would be learned from. */
const noOutcome = (own: string): PreceptError =>
  new PreceptError("input-invalid", {
    attempted: `Reading the outcome of ${own}`,
    found: "no outcome, and no label of the last step",
    expected: 'an "outcome" in every row, or labels up to the last step',
  });

function refuseOtherSteps(own: string, steps: readonly string[], stepForm: StepForm): void {
  const found = splitSteps(steps.join(stepForm.separator), stepForm);
  if (found.length === steps.length && found.every((step, index) => step === steps[index]?.trim())) return;
  throw new PreceptError("input-invalid", {
    attempted: `Reading the steps of ${own}`,
    found: `${steps.length} steps, which --boundary would read as ${found.length}`,
    expected: "steps that are found again in a response by their boundary",
    remedy: '--boundary REGEX, e.g. "\\n+" for a step a line',
  });
}
