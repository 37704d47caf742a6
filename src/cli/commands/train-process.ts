import { PreceptError } from "../../errors.ts";
import { harborWorld, readSteppedData } from "../../project/index.ts";
import { type StepForm, sentenceForm, stepHeadExamples, wholeForm } from "../../training/index.ts";
import { writeProcessReward } from "../../training/local/index.ts";
import { harborStepForm } from "../../worlds/harbor/index.ts";
import { type CliContext, progressOf } from "../context.ts";
import { jobBase, runJob } from "../train-job.ts";
import { type FixedFlags, fixedSettings } from "./train.ts";

interface ProcessFlags extends Omit<FixedFlags, "heldOut"> {
  readonly on?: "steps" | "outcome" | undefined;
  readonly boundary?: string | undefined;
  readonly labeller?: string | undefined;
  readonly count?: number | undefined;
}

/** precept train process-reward. */
export async function processReward(this: CliContext, flags: ProcessFlags): Promise<void> {
  const { on = "steps", data, labeller, out, seed = 1, count = 2000, json } = flags;
  const base = await jobBase(this, "token-heads", flags);
  const form = formOf(flags.boundary, base.initial);
  const steps = await readSteppedData({
    ...{ data, labeller, form, count, seed, progress: progressOf(this, json), signal: this.signal },
  });
  const examples = stepHeadExamples(steps, on, form);
  const job = { ...base, ...fixedSettings(flags), objective: "token-heads", heads: 1, form: "end", examples } as const;
  await runJob(this, job, flags);
  writeProcessReward(out, on === "steps" ? form : { ...wholeForm, until: form.until });
}

/** What divides steps: what was given, harbor's own, else sentences and lines. @throws PreceptError usage */
function formOf(boundary: string | undefined, model: string): StepForm {
  if (boundary === undefined) return harborWorld.isSpokenBy(model) ? harborStepForm : sentenceForm;
  try {
    const pattern = new RegExp(boundary, "u");
    const separator = [" ", "\n", "\n\n"].find((between) => `1.${between}2.`.split(pattern).length === 2) ?? " ";
    return { boundary: pattern.source, separator };
  } catch (cause) {
    throw new PreceptError("usage", {
      attempted: "Reading --boundary",
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a regular expression for what stands between two steps",
      remedy: '--boundary "\\n+"',
      cause,
    });
  }
}
