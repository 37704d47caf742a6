import { type AnalyseOptions, weighFlagged } from "../../collective/index.ts";
import { openConversation } from "../../collective/site/index.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { pageOf } from "../layout.ts";
import { postgresOf } from "../postgres.ts";
import { showAnalysis } from "../show-collective.ts";

export interface CollectiveAnalyseFlags {
  readonly mode?: AnalyseOptions["mode"];
  readonly seed?: number | undefined;
  readonly cutOff?: number | undefined;
  readonly swapSigns: boolean;
  readonly leaveOutUnknown: boolean;
  readonly postgres: boolean;
  readonly json: boolean;
}

/** precept collective analyse PATH: groups, consensus, and what still needs votes. */
export async function collectiveAnalyse(this: CliContext, flags: CollectiveAnalyseFlags, path: string): Promise<void> {
  const { mode, seed, cutOff, swapSigns, leaveOutUnknown, postgres, json } = flags;
  const url = postgresOf(this, postgres);
  const { conversation, warnings, analysis } = await openConversation(path, { swapSigns, leaveOutUnknown, url });
  for (const warning of warnings) this.process.stderr.write(`precept: warning: ${warning}\n`);
  const sensitivity = weighFlagged(conversation, { ...analysis, ...omitUndefined({ mode, seed, cutOff }) });
  const { everybody, flagged, lost, gained, likeness } = sensitivity;
  if (json) printJson(this, { ...everybody, warnings, sensitivity: { flagged, lost, gained, likeness } });
  else print(this, showAnalysis(conversation, sensitivity, pageOf(this.process.stdout, this.env)));
}
