import { loadConstitution, renderLint } from "../../constitution/index.ts";
import { askContradictions, lintConstitutionFile } from "../../project/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { showContradiction } from "../show-drafts.ts";

export interface LintFlags {
  readonly json: boolean;
  readonly world?: "harbor";
  readonly model?: string;
}

/** precept constitution lint NAME_OR_FILE: exit 1 when there is an error, 0 with warnings alone. */
export async function lint(this: CliContext, flags: LintFlags, nameOrPath: string): Promise<void> {
  const { file, positions, issues } = await lintConstitutionFile(nameOrPath, flags.world);
  const named =
    flags.model === undefined
      ? undefined
      : await askContradictions(await loadConstitution(nameOrPath), flags.model, {
          env: this.env,
          signal: this.signal,
        });
  if (flags.json) printJson(this, { file, issues, contradictions: named });
  else print(this, [renderLint(issues, { file, positions }), ...(named ?? []).map(showContradiction)].join("\n"));
  if (issues.some(({ level }) => level === "error")) this.process.exitCode = exitCodes.failed;
}
