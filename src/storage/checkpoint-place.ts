import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../errors.ts";

/**
 * "RUN@STAGE" as the folder of the checkpoint that the stage made, "RUN@STAGE/checkpoint-N" as one that it kept on its way; any other name of a model as it is.
 * @throws PreceptError checkpoint-missing for a stage of the run that made none.
 */
export function checkpointPlace(place: string): string {
  const at = place.lastIndexOf("@");
  const [run, stage] = [place.slice(0, Math.max(at, 0)), place.slice(at + 1)];
  if (run === "" || stage === "" || existsSync(place) || !existsSync(join(run, "manifest.json"))) return place;
  const kept = join(run, stage);
  if (/(?:^|\/)checkpoint-\d+$/.test(stage) && existsSync(kept)) return kept;
  const folder = join(run, stage, "checkpoint");
  if (existsSync(folder) || existsSync(`${folder}.previous`)) return folder;
  const made = readdirSync(run).filter((name) => existsSync(join(run, name, "checkpoint")));
  throw new PreceptError("checkpoint-missing", {
    attempted: `Looking for the checkpoint ${place}`,
    found: `none of a stage ${stage} in that run`,
    expected:
      made.length === 0 ? "a run that has trained" : `one of ${made.map((name) => `${run}@${name}`).join(", ")}`,
    remedy: made.length === 0 ? "precept run, where its configuration trains" : `${run}@${made.at(-1)}`,
  });
}
