import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import { duration } from "../../progress/index.ts";
import { readManifest } from "../../runs/index.ts";
import { runStep, type StepName, withSession } from "../compose.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { parseSettings, type Settings } from "../settings.ts";
import { type SettingsFlags, settingsFrom } from "../settings-flags.ts";

export interface PlainFlags {
  readonly json: boolean;
}

export interface LabelFlags extends PlainFlags {
  readonly labels?: Settings["labels"] | undefined;
}

export interface BeginFlags extends PlainFlags, SettingsFlags {}

/** precept sl-cai RUN: begins a run, or does the stage again under other settings. */
export async function slCai(this: CliContext, flags: BeginFlags, folder: string): Promise<void> {
  await runOne(this, "sl-cai", folder, flags);
}

/** precept ai-feedback RUN: with the run's settings, or other labels. */
export async function aiFeedback(this: CliContext, flags: LabelFlags, folder: string): Promise<void> {
  await runOne(this, "ai-feedback", folder, { ...flags, fromScratch: false });
}

/** precept preference-model | rl-cai | evaluate RUN: with the run's settings. */
export function laterStage(stage: "preference-model" | "rl-cai" | "evaluate") {
  return async function later(this: CliContext, flags: PlainFlags, folder: string): Promise<void> {
    await runOne(this, stage, folder, { ...flags, fromScratch: false });
  };
}

async function runOne(context: CliContext, stage: StepName, folder: string, flags: BeginFlags): Promise<void> {
  const { json, ...given } = flags;
  const settings = settingsFrom(given, settingsOf(folder, stage));
  const progress = progressOf(context, json);
  const session = { folder, settings, command: context.command, progress, signal: context.signal };
  const run = await withSession(session, async (opened) => {
    await runStep(opened, stage);
    return opened.run;
  });
  const path = join(run.stageFolder(stage), "summary.json");
  const summary: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (json) printJson(context, summary);
  else print(context, `${relative(process.cwd(), path)} (${duration(run.manifest.stages[stage]?.seconds ?? 0)})`);
}

/** The settings that a run was made with; the defaults for a new one. @throws PreceptError usage where there is no run yet. */
function settingsOf(folder: string, stage: StepName): Settings | undefined {
  const manifest = readManifest(folder);
  if (manifest !== undefined) return parseSettings(manifest.config, folder);
  if (stage === "sl-cai") return undefined;
  throw new PreceptError("usage", {
    attempted: `Running ${stage} on ${folder}`,
    found: "no run there",
    expected: "the folder of a run",
    remedy: `precept sl-cai ${folder}`,
  });
}
