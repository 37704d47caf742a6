import { join } from "node:path";
import { loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { formatRecord } from "../../records/index.ts";
import { answersToLabel, readAttempts, readFindings, readRunGoals, splitFindings } from "../../redteam/index.ts";
import { readRun } from "../../runs/index.ts";
import { writeOutput } from "../../storage/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface RedteamExportFlags {
  readonly prompts?: string | undefined;
  readonly regression?: string | undefined;
  readonly answers?: string | undefined;
  readonly items?: number | undefined;
  readonly json: boolean;
}

/** precept redteam export RUN. */
export async function redteamExport(this: CliContext, flags: RedteamExportFlags, folder: string): Promise<void> {
  const run = readRun(folder);
  if (run.manifest.kind !== "redteam") {
    throw new PreceptError("usage", {
      attempted: `Exporting the findings of ${folder}`,
      found: `a run of kind ${run.manifest.kind}`,
      expected: "the folder of a red-team run",
      remedy: "precept redteam TARGET makes one",
    });
  }
  const findings = await readFindings(run.folder);
  const { prompts, regression } = splitFindings(findings);
  const write = (path: string | undefined, records: readonly unknown[]): void => {
    if (path !== undefined) writeOutput(path, records.map((record) => `${formatRecord(record)}\n`).join(""));
  };
  write(flags.prompts, prompts);
  write(flags.regression, regression);
  if (flags.answers !== undefined) {
    const constitution = await loadConstitution(join(run.folder, "constitution.yaml"));
    const attempts = await Array.fromAsync(readAttempts(run.folder));
    write(flags.answers, answersToLabel(attempts, await readRunGoals(run.folder), constitution, flags.items ?? 100));
  }
  const alike = findings.reduce((sum, one) => sum + one.alike, 0);
  const counts = { attempts: alike, findings: findings.length, prompts: prompts.length, regression: regression.length };
  if (flags.json) return printJson(this, counts);
  print(
    this,
    `${alike} successful requests → ${findings.length} findings → ${prompts.length} prompts${placeOf(flags.prompts)} + ${regression.length} regressions${placeOf(flags.regression)}`,
  );
}

const placeOf = (path: string | undefined): string => (path === undefined ? " (not written)" : ` in ${path}`);
