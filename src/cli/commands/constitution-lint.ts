import {
  type Constitution,
  type LintIssue,
  lintConstitution,
  loadWithPositions,
  renderLint,
} from "../../constitution/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";

export interface LintFlags {
  readonly json: boolean;
  readonly world?: "harbor";
}

/** precept constitution lint NAME_OR_FILE: exit 1 when there is an error, 0 with warnings alone. */
export async function lint(this: CliContext, flags: LintFlags, nameOrPath: string): Promise<void> {
  const { constitution, positions, file } = await loadWithPositions(nameOrPath);
  const world = flags.world ?? (constitution.name === "harbor" ? "harbor" : undefined);
  const issues = world === undefined ? lintConstitution(constitution) : await lintForWorld(constitution);
  if (flags.json) printJson(this, { file, issues });
  else print(this, renderLint(issues, { file, positions }));
  if (issues.some(({ level }) => level === "error")) this.process.exitCode = exitCodes.failed;
}

/** Loads harbor only where it is asked for. */
async function lintForWorld(constitution: Constitution): Promise<LintIssue[]> {
  const { lintForHarbor } = await import("../../worlds/harbor/index.ts");
  return lintForHarbor(constitution);
}
