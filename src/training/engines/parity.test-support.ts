import { rng } from "../../rng.ts";
import { LocalTrainer } from "../local/local-trainer.ts";
import { finish, temporaryFolder, words } from "../local/tiny.test-support.ts";
import type { PreferenceExample, RolloutPrompt, SftExample, TrainingProgress, TrainingResult } from "../trainer.ts";
import type { FixedJob } from "./plan-job.ts";
import { PythonTrainer, type PythonTrainerOptions } from "./python-trainer.ts";

/** A job without its folder. */
export type Unplaced = FixedJob extends infer J ? (J extends FixedJob ? Omit<J, "output"> : never) : never;

export interface Curve {
  readonly steps: readonly TrainingProgress[];
  readonly result: TrainingResult;
}

/** Both engines on one job, each in a folder of its own. */
export async function trainOnBoth(
  job: Unplaced,
  options: PythonTrainerOptions = {},
): Promise<{ readonly local: Curve; readonly python: Curve }> {
  const local = await finish(new LocalTrainer().train({ ...job, output: await temporaryFolder() }));
  const python = await finish(new PythonTrainer(options).train({ ...job, output: await temporaryFolder() }));
  return { local, python };
}

/** |a − b| / |a| of one metric at the steps from `first` to `last`, the greatest. */
export function relativeDifference(
  { local, python }: { readonly local: Curve; readonly python: Curve },
  name: string,
  [first, last]: readonly [number, number],
): number {
  let greatest = 0;
  for (const { step, metrics } of local.steps) {
    if (step < first || step > last) continue;
    const [ours, theirs] = [metrics[name], python.steps[step - 1]?.metrics[name]];
    if (ours === undefined || theirs === undefined) return Number.POSITIVE_INFINITY;
    if (ours !== theirs) greatest = Math.max(greatest, Math.abs(ours - theirs) / Math.abs(ours));
  }
  return greatest;
}

const random = rng(7, "parity");
const drawText = (length: number): string =>
  Array.from({ length }, () => words[3 + Math.floor(random.next() * (words.length - 3))]).join(" ");

/** Texts of the tiny model's words, of unequal length and weight. */
export const examples: readonly SftExample[] = Array.from({ length: 60 }, (_, i) => ({
  id: `example-${i}`,
  prompt: `<user> ${drawText(4)} <asst>`,
  completion: drawText(3 + (i % 9)),
  weight: 0.5 + (i % 3),
}));

/** Pairs with soft labels, of two sources. */
export const comparisons: readonly PreferenceExample[] = Array.from({ length: 60 }, (_, i) => ({
  id: `pair-${i}`,
  prompt: `<user> ${drawText(4)} <asst>`,
  responses: [drawText(3 + (i % 9)), drawText(2 + (i % 5))],
  label: (i % 11) / 10,
  source: i % 2 === 0 ? "harmlessness" : "helpfulness",
}));

/** What is answered in rounds. */
export const prompts: readonly RolloutPrompt[] = Array.from({ length: 10 }, (_, i) => ({
  id: `prompt-${i}`,
  prompt: `<user> ${drawText(2 + (i % 4))} <asst>`,
}));
