/** From a run to one HTML page. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { MeasuredComparison } from "../evaluation/index.ts";
import { readRun } from "../runs/index.ts";
import { writeOutput, writeWhole } from "../storage/index.ts";
import { readCheckData } from "./check-data.ts";
import { renderCheckPage } from "./check-page.ts";
import { readComparison } from "./compare-data.ts";
import { renderComparison } from "./compare-page.ts";
import { type GuardReportOptions, readGuard } from "./guard-data.ts";
import { renderGuardPage } from "./guard-page.ts";
import { renderPage } from "./page.ts";
import { type ReportOptions, readReport } from "./read.ts";
import { readRedteam } from "./redteam-data.ts";
import { renderRedteamPage } from "./redteam-page.ts";
import { readTraining } from "./training-data.ts";
import { renderTrainingPage } from "./training-page.ts";

export { type Alarm, type AlarmSource, runAlarms } from "./alarms.ts";
export { type CheckData, readCheckData } from "./check-data.ts";
export { formatCsv } from "./collective/csv.ts";
export type { CollectiveData, PublicComparison } from "./collective/data.ts";
export { renderCollectivePage } from "./collective/page.ts";
export { formatParquet } from "./collective/parquet.ts";
export { type Table, tablesOf } from "./collective/tables.ts";
export { contentPolicy, trustedTypes } from "./content-policy.ts";
export { tellExpressed } from "./contrast-summary.ts";
export type { Example, ReportData } from "./data.ts";
export type { GuardReportOptions } from "./guard-data.ts";
export * from "./lede.ts";
export { toOversightParts } from "./oversight/parts.ts";
export { renderPage } from "./page.ts";
export { type ReportOptions, readConstitution, readQuality, readReport, readSummary } from "./read.ts";
export { explainRecord, type Why, type WhyLine } from "./why.ts";

/**
 * Reads a run of a project, of training or of a red team, or the folder of a check, and writes its report.html, whole or not at all; returns the path.
 * @throws PreceptError run-invalid when the folder is no run or damaged; run-version, disk, permission; usage for a run that deletes something else.
 */
export async function writeReport(runFolder: string, options: ReportOptions = {}): Promise<string> {
  const path = join(resolve(runFolder), "report.html");
  writeWhole(path, await pageOf(runFolder, options));
  return path;
}

async function pageOf(folder: string, options: ReportOptions): Promise<string> {
  const check = existsSync(join(folder, "manifest.json")) ? undefined : await readCheckData(folder);
  if (check !== undefined) return renderCheckPage(check);
  const run = readRun(folder);
  if (run.manifest.kind === "training") return renderTrainingPage(await readTraining(run));
  if (run.manifest.kind === "redteam") return renderRedteamPage(await readRedteam(run, options.showAttacks ?? false));
  return renderPage(await readReport(folder, options));
}

/** Writes the page of a guard's log. @throws PreceptError usage, input-invalid, disk, permission. */
export async function writeGuardReport(file: string, path: string, options: GuardReportOptions = {}): Promise<void> {
  writeOutput(path, renderGuardPage(await readGuard(file, options)));
}

/** Writes a page of comparisons, with answers of both sides beside each other. @throws PreceptError disk, permission. */
export async function writeComparison(path: string, comparisons: readonly MeasuredComparison[]): Promise<void> {
  writeOutput(path, renderComparison(await Promise.all(comparisons.map(readComparison))));
}
export {
  brokenPrinciple,
  checkpointLabel,
  isOfPrinciple,
  knownMetrics,
  metricName,
  modelLabel,
  splitName,
} from "./names.ts";
export { deletionCommand } from "./sections/deletion.ts";
export { costNote } from "./sections/provenance.ts";
