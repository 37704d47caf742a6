import { type Asking, chooseAll, scoreAll } from "../../feedback/index.ts";
import type { Choice, Prompt } from "../../language-model.ts";
import { cutBy, type StepForm, type SteppedExample, untilFirstError } from "../../training/index.ts";

/** A response in steps as its labeller is asked about it: in other words than the one who wrote it was, where there are plainer ones. */
export interface UnlabelledTrace extends Omit<SteppedExample, "labels"> {
  /** Default: `prompt`. */
  readonly shown?: Prompt | undefined;
}

/**
 * A step is right where the labeller would have gone the same way: at every one of its tokens, P(token) of at least ½. For traces in a fixed
 * language; up to the first error.
 */
export async function labelByLikelihood(
  traces: readonly (UnlabelledTrace & { readonly prompt: string; readonly shown?: string | undefined })[],
  form: StepForm,
  context: Asking,
): Promise<(number | null)[][]> {
  const requests = traces.flatMap(({ id, prompt, shown = prompt, steps }) =>
    steps.map((step, index) => ({
      id: `${id}/step-${index}`,
      prompt: [shown, ...steps.slice(0, index)].join(form.separator),
      continuation: `${form.separator}${step}`,
    })),
  );
  const scores = await scoreAll(context, requests);
  return cutBy(
    scores,
    traces.map(({ steps }) => steps.length),
  ).map((own) => {
    return untilFirstError(
      own.map(({ logprobs, outcome = "answered" }) => {
        if (outcome !== "answered" || logprobs.length === 0) return null;
        return Math.min(...logprobs) >= -Math.LN2 ? 1 : 0;
      }),
    );
  });
}

/** The labeller is asked of every step whether it is right, the steps before it shown; P(yes), up to the first error. For any model that reads English. */
export async function labelByQuestion(
  traces: readonly UnlabelledTrace[],
  context: Asking & { readonly seed: number },
): Promise<(number | null)[][]> {
  const requests = traces.flatMap(({ id, prompt, shown = prompt, steps }) =>
    steps.map((step, index) => ({
      id: `${id}/step-${index}`,
      seed: context.seed,
      options: ["A", "B"],
      prompt: [{ role: "user" as const, content: questionOf(shown, steps.slice(0, index), step) }],
    })),
  );
  const choices = await chooseAll(context, requests);
  return cutBy(
    choices,
    traces.map(({ steps }) => steps.length),
  ).map((own) => {
    return untilFirstError(own.map(readYes));
  });
}

/** Whether what the steps end with is right, whatever they are; null where the labeller does not say. */
export async function labelOutcomes(
  traces: readonly UnlabelledTrace[],
  context: Asking & { readonly seed: number },
): Promise<(number | null)[]> {
  const choices = await chooseAll(
    context,
    traces.map(({ id, prompt, shown = prompt, steps }) => ({
      id: `${id}/outcome`,
      seed: context.seed,
      options: ["A", "B"],
      prompt: [{ role: "user" as const, content: outcomeQuestion(shown, steps) }],
    })),
  );
  return choices.map(readYes);
}

const readYes = ({ outcome = "answered", probabilities }: Choice): number | null =>
  outcome === "answered" ? (probabilities[0] ?? null) : null;

const taskOf = (prompt: Prompt): string =>
  typeof prompt === "string" ? prompt : prompt.map(({ role, content }) => `${role}: ${content.trim()}`).join("\n\n");

const outcomeQuestion = (prompt: Prompt, steps: readonly string[]): string =>
  `A task, and an answer to it.\n\n<task>\n${taskOf(prompt)}\n</task>\n\n<answer>\n${steps.join("\n")}\n</answer>\n\nIs what the answer ends with right?\n\n(A) yes\n(B) no\n\nAnswer with the letter alone.`;

function questionOf(prompt: Prompt, before: readonly string[], step: string): string {
  const steps = before.map((one, index) => `Step ${index + 1}: ${one}`);
  return `A task, and the steps of an answer to it. The steps before the last are right.\n\n<task>\n${taskOf(prompt)}\n</task>\n\n${[...steps, `Step ${before.length + 1}: ${step}`].join("\n")}\n\nIs step ${before.length + 1} true, and does it follow?\n\n(A) yes\n(B) no\n\nAnswer with the letter alone.`;
}
