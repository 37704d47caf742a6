import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Arm, type ArmPlace, configOf } from "./arms.ts";
import { callPrecept } from "./precept.ts";
import { type RealPrompt, type Splits, takeEvenly, takeShare } from "./splits.ts";

export interface RunArmOptions extends ArmPlace {
  /** The clone's folder. */
  readonly root: string;
  /** Where the arms' projects stand. */
  readonly runs: string;
  readonly splits: Splits;
  readonly scale: number;
}

/** Each pair costs two answers and two readings. */
const usualPairShare = 0.5;

export const projectOf = (
  name: string,
  { runs, seed, scale }: Pick<RunArmOptions, "runs" | "seed" | "scale">,
): string => join(runs, `${name}-${seed}${scale === 1 ? "" : `-${scale}`}`);

/** The prompts that an arm is measured on: more than it is trained on, since their number is what intervals are as wide as. */
export const measuredPrompts = ({ splits, split, scale }: RunArmOptions): readonly RealPrompt[] =>
  split === "test" ? splits.test : takeShare(splits.development, Math.min(1, 4 * scale));

/** Writes an arm's project and has `precept run` take it to its end, or go on where it was; returns the folder of the run. */
export async function runArm(arm: Arm, options: RunArmOptions): Promise<string> {
  const project = projectOf(arm.name, options);
  mkdirSync(project, { recursive: true });
  const run = join(project, "run");
  copyFileSync(new URL(arm.constitution, import.meta.url), join(project, "constitution.yaml"));
  copyFileSync(new URL("few-shots.yaml", import.meta.url), join(project, "few-shots.yaml"));
  writePrompts(project, "train", takeShare(options.splits.train, options.scale));
  writePrompts(
    project,
    "pairs",
    takeEvenly(takeShare(options.splits.train, options.scale), arm.pairShare ?? usualPairShare),
  );
  writePrompts(project, "one", takeShare(options.splits.train, 0));
  writePrompts(project, options.split, measuredPrompts(options));
  const config = join(project, "precept.config.yaml");
  // JSON is YAML.
  writeFileSync(config, `${JSON.stringify(configOf(arm, options), undefined, 2)}\n`);
  // Stages with the same inputs are not done again; those whose settings were changed are.
  await callPrecept(options.root, ["run", "--config", config, "--out", run, "--redo"]);
  return run;
}

function writePrompts(folder: string, split: string, prompts: readonly RealPrompt[]): void {
  for (const kind of ["red-team", "helpful"] as const) {
    const own = prompts.filter((prompt) => prompt.kind === kind);
    if (own.length === 0) continue;
    const lines = own.map(({ id, text }) => JSON.stringify({ id, prompt: text }));
    writeFileSync(join(folder, `${split}-${kind}.jsonl`), `${lines.join("\n")}\n`);
  }
}
