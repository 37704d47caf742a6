import { type FoundProcess, keepProcess, type ReadStep, rowsOfHead } from "../../oversight/index.ts";
import { rng } from "../../rng.ts";
import { prefixesOf, type StepForm, type SteppedExample, untilFirstError } from "../../training/index.ts";
import { preferenceScores } from "../../training/local/index.ts";

const keyOf = (prompt: SteppedExample["prompt"]): string => JSON.stringify(prompt);

/** Fewer prompts than this are all learned from: a tenth of them would say nothing. */
const LEAST = 40;

/** The responses to a tenth of the prompts, drawn by the seed, that nothing is learned from: a prompt may have dozens. */
export function holdOutSteps(
  examples: readonly SteppedExample[],
  seed: number,
): { readonly learned: readonly SteppedExample[]; readonly heldOut: readonly SteppedExample[] } {
  const byPrompt = [...Map.groupBy(examples, ({ prompt }) => keyOf(prompt)).values()];
  if (byPrompt.length < LEAST) return { learned: examples, heldOut: [] };
  const drawn = rng(seed, "held-out-steps")
    .shuffle(byPrompt)
    .slice(0, Math.floor(byPrompt.length / 10))
    .flat();
  const heldOut = new Set(drawn);
  return { learned: examples.filter((one) => !heldOut.has(one)), heldOut: drawn };
}

export interface HeadJob {
  /** The run of its training, which keeps what is found. */
  readonly run: string;
  readonly checkpoint: string;
  readonly on: "steps" | "outcome";
  readonly form: StepForm;
  readonly learned: number;
  readonly heldOut: readonly SteppedExample[];
}

/** What a trained head says of responses that were held out, step by step, against their labels. */
export async function measureHead({ run, checkpoint, on, form, learned, heldOut }: HeadJob): Promise<FoundProcess> {
  const asked = heldOut.flatMap(({ prompt, steps, labels = [], outcome }) => {
    const prefixes = prefixesOf(steps, form);
    if (on === "outcome") {
      const label = outcome ?? labels.at(-1);
      return label == null ? [] : [{ of: "outcome", label, prompt, response: prefixes.at(-1) ?? "" }];
    }
    return untilFirstError(labels).flatMap((label, index) =>
      label === null ? [] : [{ of: `step ${index + 1}`, label, prompt, response: prefixes[index] ?? "" }],
    );
  });
  const read: ReadStep[] = [];
  if (asked.length > 0) {
    const model = await preferenceScores(checkpoint);
    try {
      const logits = await model.score(asked);
      for (const [index, { of, label, prompt }] of asked.entries())
        read.push({ of, label, prompt: keyOf(prompt), said: 1 / (1 + Math.exp(-(logits[index] ?? 0))) });
    } finally {
      await model.dispose();
    }
  }
  const found = { on, learned, heldOut: heldOut.length, rows: rowsOfHead(read) };
  keepProcess(run, found);
  return { format: 1, ...found };
}
