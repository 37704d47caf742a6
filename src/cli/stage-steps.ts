import { join } from "node:path";
import { PreceptError } from "../errors.ts";
import type { Run, StageName } from "../runs/index.ts";
import { stageNames } from "../runs/index.ts";

/** The checkpoint that a stage leaves. */
export function checkpointOf(run: Run, stage: StageName): string {
  return join(run.stageFolder(stage), "checkpoint");
}

/** A stage may begin when those before it are closed. @throws PreceptError usage that names the first that is not. */
export function requireEarlierStages(run: Run, stage: StageName): void {
  const earlier = stageNames.slice(0, stageNames.indexOf(stage));
  const missing = earlier.find((name) => run.manifest.stages[name]?.status !== "done");
  if (missing === undefined) return;
  const state = run.manifest.stages[missing] === undefined ? "was not run" : "is not finished";
  throw new PreceptError("usage", {
    attempted: `Running ${stage} on ${run.folder}`,
    found: `the stage ${missing} ${state}`,
    expected: `${earlier.join(", ")} before ${stage}`,
    remedy: `precept ${missing} ${run.folder}`,
  });
}
