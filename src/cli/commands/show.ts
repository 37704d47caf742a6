import { findRecord, overviewOf, readRun } from "../../runs/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showOverview, showRecord } from "../show-overview.ts";

export interface ShowFlags {
  readonly open: boolean;
  readonly json: boolean;
}

/** precept show RUN [RECORD]: the stages of a run, their records and what they took; or the fields of one record. */
export async function show(
  this: CliContext,
  { json, open }: ShowFlags,
  folder: string,
  record?: string,
): Promise<void> {
  const run = readRun(folder);
  const page = pageOf(this.process.stdout, this.env);
  const found = record === undefined ? undefined : await findRecord(run, record);
  if (open) await (await import("../hold-viewer.ts")).openPage(this, run, { id: found?.record.id, json });
  else if (found === undefined) {
    const overview = await overviewOf(run);
    if (json) printJson(this, overview);
    else print(this, showOverview(overview, page));
  } else if (json) printJson(this, found.record);
  else print(this, showRecord(found, page));
}
