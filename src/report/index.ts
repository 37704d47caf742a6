import { join, resolve } from "node:path";
import { writeWhole } from "../runs/files.ts";
import { renderPage } from "./page.ts";
import { readReport } from "./read.ts";

export type { Example, ReportData } from "./data.ts";
export { renderPage } from "./page.ts";
export { readReport, readSummary } from "./read.ts";

/**
 * Reads a run and writes its report.html, whole or not at all; returns the path.
 * @throws PreceptError run-invalid when the folder is no run or damaged; run-version, disk, permission.
 */
export async function writeReport(runFolder: string): Promise<string> {
  const path = join(resolve(runFolder), "report.html");
  writeWhole(path, await renderPage(await readReport(runFolder)));
  return path;
}
