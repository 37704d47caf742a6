import type { SuspicionName } from "../../attribution/index.ts";
import { auditLabels } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { pageOf } from "../layout.ts";
import { showSuspects } from "../show-suspects.ts";

export interface AttributeAuditFlags {
  readonly top?: number | undefined;
  readonly by?: SuspicionName | undefined;
  readonly plant?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept attribute audit RUN: suspicious labels first. */
export async function attributeAudit(this: CliContext, flags: AttributeAuditFlags, folder: string): Promise<void> {
  const { json, ...options } = flags;
  const audited = await auditLabels(folder, { ...options, signal: this.signal, progress: progressOf(this, json) });
  if (json) printJson(this, audited);
  else print(this, showSuspects(audited, pageOf(this.process.stdout, this.env)));
}
