import { findRecord, overviewOf, readRun } from "../../runs/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showOverview, showRecord } from "../show-overview.ts";

/** precept show RUN [RECORD]: the stages of a run, their records and what they took; or the fields of one record. */
export async function show(
  this: CliContext,
  { json }: { readonly json: boolean },
  folder: string,
  record?: string,
): Promise<void> {
  const run = readRun(folder);
  const page = pageOf(this.process.stdout, this.env);
  if (record === undefined) {
    const overview = await overviewOf(run);
    if (json) printJson(this, overview);
    else print(this, showOverview(overview, page));
    return;
  }
  const found = await findRecord(run, record);
  if (json) printJson(this, found.record);
  else print(this, showRecord(found, page));
}
