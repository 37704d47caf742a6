import { commandOf, type ElicitOptions, missingSteps } from "../../project/index.ts";
import { type CliContext, progressOf } from "../context.ts";
import { evaluate } from "./evaluate.ts";
import { sft } from "./train.ts";

/** Runs what the gate would print, one command after the other: each goes on where it was, and a stop loses nothing. */
export async function elicitMissing(
  context: CliContext,
  options: ElicitOptions & { readonly isQuiet: boolean },
): Promise<void> {
  const { fewShot, fineTune: data = "", judge, isQuiet } = options;
  const steps = await missingSteps(options);
  // Their progress is shown, and what they are; their own pages and objects would bury the gate's.
  const stdout = { ...context.process.stdout, isTTY: false, write: () => true };
  const quiet: CliContext = { ...context, process: { ...context.process, stdout } };
  const progress = progressOf(context, isQuiet);
  for (const step of steps) {
    const { suite, model, out, samples, shots, needsJudge, fineTune } = step;
    for (const line of commandOf(step).split("\n")) progress.message(line);
    if (fineTune !== undefined)
      await sft.call(quiet, {
        ...{ model: fineTune.from, data, out: fineTune.out },
        ...{ rslora: false, skipLong: false, rayOpen: false, json: isQuiet },
      });
    await evaluate.call(
      quiet,
      {
        ...{ suite, out, plan: false, json: isQuiet },
        ...(samples === undefined ? undefined : { samples }),
        fewShot: shots === undefined ? undefined : fewShot,
        judge: needsJudge ? judge : undefined,
      },
      model,
    );
  }
}
