import { renderLint } from "../../constitution/index.ts";
import { lintConstitutionFile } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";

export interface LintFlags {
  readonly json: boolean;
  readonly world?: "harbor";
}

/** precept constitution lint NAME_OR_FILE: exit 1 when there is an error, 0 with warnings alone. */
export async function lint(this: CliContext, flags: LintFlags, nameOrPath: string): Promise<void> {
  const { file, positions, issues } = await lintConstitutionFile(nameOrPath, flags.world);
  if (flags.json) printJson(this, { file, issues });
  else print(this, renderLint(issues, { file, positions }));
  if (issues.some(({ level }) => level === "error")) this.process.exitCode = exitCodes.failed;
}
