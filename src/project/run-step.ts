import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadHarbor, loadHarborRun } from "./harbor/load-harbor.ts";
import type { HarborSettings } from "./harbor/settings.ts";
import { withProject } from "./project.ts";
import type { ProjectOptions } from "./setting.ts";
import { runStep, type StepName } from "./steps.ts";

export interface RunStepOptions extends Pick<ProjectOptions, "folder" | "command" | "progress" | "signal" | "env"> {
  readonly step: Exclude<StepName, "report">;
  /** Settings that the run is given, or given anew. */
  readonly changes?: HarborSettings;
}

export interface StepRun {
  /** What the stage's summary.json says. */
  readonly summary: unknown;
  readonly path: string;
  /** Of work, over all processes. */
  readonly seconds: number;
}

/** Takes one step of a run on harbor; the first step begins the run. @throws what `withProject` and the step throw. */
export async function runHarborStep(options: RunStepOptions): Promise<StepRun> {
  const { folder, step, changes = {} } = options;
  const isNew = step === "sl-cai" && !existsSync(join(folder, "manifest.json"));
  const chosen = isNew ? { loaded: loadHarbor(changes) } : await loadHarborRun(folder, changes);
  return withProject({ ...options, ...chosen, redo: true }, async (project) => {
    await runStep(project, step);
    const path = join(project.run.stageFolder(step), "summary.json");
    const seconds = project.run.manifest.stages[step]?.seconds ?? 0;
    return { summary: JSON.parse(readFileSync(path, "utf8")), path, seconds };
  });
}
