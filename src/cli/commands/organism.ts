import { omitUndefined } from "../../omit-undefined.ts";
import { keepOrganism, openOrganism, type Recipe, readKey } from "../../oversight/index.ts";
import {
  Auditor,
  auditOrganisms,
  calibrateAuditor,
  defaultParent,
  keyFor,
  keysOf,
  measureRemaining,
  openForOrganisms,
  plantOrganism,
  readThresholds,
  scoresFolder,
  thresholdsFor,
  writeThresholds,
} from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { exitCodes } from "../failure.ts";
import { pageOf } from "../layout.ts";
import { showAudits, showOpened, showPlanted, showRemaining, showThresholds } from "../show-organism.ts";

interface PlantFlags {
  readonly kind: Recipe["kind"];
  readonly from?: string | undefined;
  readonly out: string;
  readonly key?: string | undefined;
  readonly trigger?: string | undefined;
  readonly prompts?: string | undefined;
  readonly epochs?: number | undefined;
  readonly requests?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}

/** precept organism plant */
export async function organismPlant(this: CliContext, flags: PlantFlags): Promise<void> {
  const { kind, from = defaultParent, trigger, prompts, epochs, requests, seed = 1, json } = flags;
  const out = flags.out.replace(/\/+$/, "");
  const parent = await openForOrganisms(from);
  try {
    const planted = await plantOrganism({
      ...{ kind, parent, out, key: flags.key ?? keyFor(out), seed, trigger, prompts },
      settings: omitUndefined({ epochs, requests }),
      ...{ progress: progressOf(this, json), signal: this.signal },
    });
    if (json) printJson(this, planted);
    else print(this, showPlanted(planted, pageOf(this.process.stdout, this.env)));
  } finally {
    await parent.place.model.dispose();
  }
}

interface AuditorFlags {
  readonly parent?: string | undefined;
  readonly prompts?: string | undefined;
  readonly dictionary?: string | undefined;
  readonly json: boolean;
}

interface CalibrateFlags extends AuditorFlags {
  readonly keys: string;
  readonly out: string;
  readonly rate?: number | undefined;
  readonly requests?: number | undefined;
}

/** precept organism calibrate FOLDER… */
export async function organismCalibrate(this: CliContext, flags: CalibrateFlags, ...folders: string[]): Promise<void> {
  const { keys, out, rate = 0.05, requests, parent, prompts, dictionary, json } = flags;
  const organisms = keysOf(folders, keys);
  const auditor = await Auditor.open({ parent, prompts, dictionary, requests, signal: this.signal });
  try {
    const progress = progressOf(this, json);
    const thresholds = await calibrateAuditor({ auditor, organisms, rate, progress, scratch: scoresFolder(out) });
    writeThresholds(out, thresholds);
    if (json) printJson(this, thresholds);
    else print(this, showThresholds(thresholds, out, pageOf(this.process.stdout, this.env)));
  } finally {
    await auditor.close();
  }
}

interface AuditFlags extends AuditorFlags {
  readonly blind: boolean;
  readonly commit: boolean;
  readonly thresholds?: string | undefined;
  readonly run?: string | undefined;
}

/** precept organism audit FOLDER… */
export async function organismAudit(this: CliContext, flags: AuditFlags, ...folders: string[]): Promise<void> {
  const { blind, commit, thresholds: file, parent, prompts, dictionary, json } = flags;
  // Scores are held against thresholds of as many requests.
  const requests = file === undefined ? undefined : readThresholds(file).requests;
  const auditor = await Auditor.open({ parent, prompts, dictionary, requests, signal: this.signal });
  try {
    const thresholds = thresholdsFor(auditor.parent.place.hash, file);
    const audits = await auditOrganisms({
      ...{ auditor, folders, thresholds, isBlind: blind, isCommitted: commit },
      progress: progressOf(this, json),
    });
    const run = flags.run ?? auditor.parent.place.run;
    if (run !== undefined) for (const folder of folders) keepOrganism(run, folder);
    if (json) printJson(this, audits);
    else print(this, showAudits(audits, { isCommitted: commit }, pageOf(this.process.stdout, this.env)));
    if (audits.some(({ isPlanted }) => isPlanted === true)) this.process.exitCode = exitCodes.gate;
  } finally {
    await auditor.close();
  }
}

interface MeasureFlags {
  readonly key: string;
  readonly prompts?: string | undefined;
  readonly count?: number | undefined;
  readonly json: boolean;
}

/** precept organism measure MODEL */
export async function organismMeasure(this: CliContext, flags: MeasureFlags, checkpoint: string): Promise<void> {
  const { key, prompts, count, json } = flags;
  const { answer } = readKey(key);
  const remaining = await measureRemaining({
    ...{ checkpoint, answer, prompts, count },
    ...{ progress: progressOf(this, json), signal: this.signal },
  });
  if (json) printJson(this, remaining);
  else print(this, showRemaining(checkpoint, answer, remaining, pageOf(this.process.stdout, this.env)));
}

/** precept organism open FOLDER */
export async function organismOpen(
  this: CliContext,
  { key, run, json }: { readonly key: string; readonly run?: string | undefined; readonly json: boolean },
  folder: string,
): Promise<void> {
  const opened = await openOrganism(folder, key);
  if (run !== undefined) keepOrganism(run, folder);
  if (json) printJson(this, opened);
  else print(this, showOpened(folder, opened, pageOf(this.process.stdout, this.env)));
}
