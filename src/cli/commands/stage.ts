import { relative } from "node:path";
import { summarySchema } from "../../evaluation/index.ts";
import { duration } from "../../progress/index.ts";
import { type HarborSettings, type RunStepOptions, runHarborStep, stepNames } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { type SettingsFlags, settingsFrom } from "../settings-flags.ts";
import { showRates } from "../show-rates.ts";

export interface PlainFlags {
  readonly json: boolean;
}

export interface LabelFlags extends PlainFlags {
  readonly labels?: HarborSettings["labels"];
}

export interface BeginFlags extends PlainFlags, SettingsFlags {}

/** precept sl-cai RUN: begins a run, or does the stage again under other settings. */
export async function slCai(this: CliContext, { json, ...flags }: BeginFlags, folder: string): Promise<void> {
  await takeStep(this, "sl-cai", folder, json, settingsFrom(flags));
}

/** precept ai-feedback RUN: with the run's settings, or other labels. */
export async function aiFeedback(this: CliContext, { json, labels }: LabelFlags, folder: string): Promise<void> {
  await takeStep(this, "ai-feedback", folder, json, { labels });
}

/** precept preference-model | rl-cai | evaluate RUN: with the run's settings. */
export function laterStage(step: RunStepOptions["step"]) {
  return async function later(this: CliContext, { json }: PlainFlags, folder: string): Promise<void> {
    await takeStep(this, step, folder, json, {});
  };
}

async function takeStep(
  context: CliContext,
  step: RunStepOptions["step"],
  folder: string,
  isJson: boolean,
  changes: HarborSettings,
): Promise<void> {
  const { command, signal, env } = context;
  const options = { folder, step, changes, command, progress: progressOf(context, isJson), signal, env };
  const { summary, path, seconds } = await runHarborStep(options);
  if (isJson) return printJson(context, summary);
  const page = pageOf(context.process.stdout, context.env);
  if (step === "evaluate")
    print(context, `\n${showRates(summarySchema.pick({ checkpoints: true }).parse(summary), page)}\n`);
  print(context, `${relative(process.cwd(), path)} (${duration(seconds)})`);
  print(context, page.paint("dim", `next: precept ${stepNames[stepNames.indexOf(step) + 1]} ${folder}`));
}
