import type { ClientShare } from "../../runs/index.ts";
import { withProject } from "../project.ts";
import type { ProjectOptions } from "../setting.ts";
import { runStep, stepsOf } from "../steps.ts";
import { watchRecords } from "../take-steps.ts";

/** Takes a client's share of a run that another process merges, to the end of the stages that are shared. @throws as `withProject`. */
export async function takeShare(options: ProjectOptions, share: ClientShare): Promise<void> {
  await withProject({ ...options, share }, async (project) => {
    const watched = { ...project, context: { ...project.context, ...watchRecords(project) } };
    for (const name of stepsOf(project)) if (name === "sl-cai" || name === "ai-feedback") await runStep(watched, name);
  });
}
