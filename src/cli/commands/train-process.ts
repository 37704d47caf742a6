import { PreceptError } from "../../errors.ts";
import { harborWorld, holdOutSteps, measureHead, readSteppedData } from "../../project/index.ts";
import { type StepForm, sentenceForm, stepHeadExamples, wholeForm } from "../../training/index.ts";
import { harborStepForm } from "../../worlds/harbor/index.ts";
import { type CliContext, progressOf } from "../context.ts";
import { showHead } from "../show-process.ts";
import { parsePrice } from "../show-spent.ts";
import { jobBase, runJob } from "../train-job.ts";
import { type FixedFlags, fixedSettings } from "./train.ts";

interface ProcessFlags extends Omit<FixedFlags, "heldOut"> {
  readonly on?: "steps" | "outcome" | undefined;
  readonly boundary?: string | undefined;
  readonly labeller?: string | undefined;
  readonly last?: string | undefined;
  readonly count?: number | undefined;
  readonly maxCost?: number | undefined;
  readonly price?: readonly string[] | undefined;
}

/** precept train process-reward. */
export async function processReward(this: CliContext, flags: ProcessFlags): Promise<void> {
  const { on = "steps", data, labeller, out, seed = 1, count = 2000, json } = flags;
  const base = await jobBase(this, "token-heads", flags);
  const form = formOf(flags, base.initial);
  const steps = await readSteppedData({
    ...{ data, labeller, form, count, seed, folder: `${out}.labels`, maxCost: flags.maxCost },
    ...{ prices: Object.fromEntries((flags.price ?? []).map(parsePrice)), env: this.env },
    ...{ progress: progressOf(this, json), signal: this.signal },
  });
  const { learned, heldOut } = holdOutSteps(steps, seed);
  const examples = stepHeadExamples(learned, on, form);
  const read = on === "steps" ? form : { ...wholeForm, until: form.until };
  const own = { objective: "token-heads", heads: 1, form: "end", steps: read, examples } as const;
  await runJob(this, { ...base, ...fixedSettings(flags), ...own }, flags, async (checkpoint) =>
    showHead(await measureHead({ run: out, checkpoint, on, form, learned: learned.length, heldOut })),
  );
}

/** What divides steps, and what the last must be: what was given, harbor's own, else sentences and lines. @throws PreceptError usage */
function formOf({ boundary, last }: ProcessFlags, model: string): StepForm {
  if (last !== undefined) readRegex("--last", last, '--last "^So "');
  if (boundary === undefined) {
    const form = harborWorld.isSpokenBy(model) ? harborStepForm : sentenceForm;
    return last === undefined ? form : { ...form, last };
  }
  const pattern = readRegex("--boundary", boundary, '--boundary "\\n+"');
  const separator = [" ", "\n", "\n\n"].find((between) => `1.${between}2.`.split(pattern).length === 2) ?? " ";
  return { boundary: pattern.source, separator, last };
}

function readRegex(name: string, source: string, remedy: string): RegExp {
  try {
    return new RegExp(source, "u");
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new PreceptError("usage", {
      attempted: `Reading ${name}`,
      found,
      expected: "a regular expression",
      remedy,
      cause,
    });
  }
}
