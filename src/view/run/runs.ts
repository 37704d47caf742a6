import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { readProvenance } from "../../collective/drafting/index.ts";
import { PreceptError } from "../../errors.ts";
import {
  checkpointLabel,
  headlineFigures,
  readConstitution,
  readQuality,
  readSummary,
  runAlarms,
} from "../../report/index.ts";
import { listRuns, type RunListing, readManifest } from "../../runs/index.ts";
import { readSpent } from "../../spending/index.ts";
import { isLocked, shownPath } from "../../storage/index.ts";
import type { Interval, RunLine, RunList } from "../source.ts";
import { findAuditLogs, isAuditLog, isWritten, listLog } from "./audit-logs.ts";
import { keepInside } from "./inside.ts";
import { findTowns, isTown, listTown, townFiles } from "./towns.ts";

/** What is shown of a folder that is no run, or not shown as the run that it is. */
export interface Standing {
  /** Name of the log of a guard in the folder, where that is shown by itself. */
  readonly log?: string | undefined;
  /** A conversation of the public. */
  readonly isTown?: boolean | undefined;
}

/** A run by the name that URLs have for it. */
export interface NamedRun extends Standing {
  readonly name: string;
  readonly folder: string;
  readonly listing: RunListing;
}

/**
 * The runs in a folder, and the logs of guards and conversations of the public beside them; or the one run, or log, that it is. A folder
 * that is a conversation itself is the first of those in it.
 * @throws PreceptError input-invalid for a file that is no log of a guard.
 */
export function findRuns(root: string): NamedRun[] {
  const folder = resolve(root);
  if (statSync(folder, { throwIfNoEntry: false })?.isFile() === true) return [openLog(folder)];
  const runs = listRuns(folder).map((listing) => ({
    name: nameOf(folder, listing.folder),
    folder: listing.folder,
    listing,
  }));
  // Of a run, its own room shows the log.
  if (existsSync(join(folder, "manifest.json"))) return runs;
  const towns = isTown(folder) ? [folder] : findTowns(folder);
  return [
    ...towns.map((town) => ({ name: nameOf(folder, town), folder: town, listing: listTown(town), isTown: true })),
    ...runs,
    ...findAuditLogs(folder).map((log) => nameLog(join(folder, log))),
  ];
}

/** What a folder is about: the one run in it, or the conversation that it is. */
export function findOnly(root: string): NamedRun | undefined {
  const [first, ...more] = findRuns(root);
  return more.length === 0 || (first?.isTown === true && first.folder === resolve(root)) ? first : undefined;
}

const nameLog = (path: string): NamedRun => ({
  ...{ name: basename(path), log: basename(path), folder: dirname(path) },
  listing: listLog(path),
});

function openLog(path: string): NamedRun {
  // One that a guard has just begun holds no line yet.
  if (statSync(path).size === 0 || isAuditLog(path)) return nameLog(path);
  throw new PreceptError("input-invalid", {
    attempted: `Opening ${path}`,
    found: "a file whose first line is no event of a guard",
    expected: "the folder of a run, one that holds runs, or the log of a guard",
    remedy: "precept view RUN, or precept view guard-audit.jsonl",
  });
}

function nameOf(root: string, folder: string): string {
  const name = relative(root, folder).split(sep).join("/");
  return name === "" ? basename(root) : name;
}

export function listLines(root: string): RunList {
  return { folder: shownPath(resolve(root)), runs: findRuns(root).map(toLine) };
}

/** The line of one run. */
export function lineOf(folder: string, name: string): RunLine {
  const [listing] = listRuns(folder).filter((one) => one.folder === folder);
  if (listing === undefined) throw new PreceptError("usage", { attempted: `Reading ${folder}`, found: "no run" });
  return toLine({ name, folder, listing });
}

function toLine({ name, folder, listing, log, isTown: isOfPublic = false }: NamedRun): RunLine {
  if (log !== undefined) return lineOfLog(folder, log);
  try {
    keepInside(folder, isOfPublic ? townFiles : []);
  } catch (error) {
    return lineFrom(name, folder, { ...listing, fault: error instanceof Error ? error.message : String(error) });
  }
  return isOfPublic ? lineOfTown(folder, name) : lineFrom(name, folder, listing);
}

/** The line of a conversation of the public. */
export function lineOfTown(folder: string, name: string): RunLine {
  const { kind = null, of = null, changed, sizeBytes } = listTown(folder);
  const written = readIfSound(() => readProvenance(folder));
  const ratified = written?.ratification?.principles.filter(({ state }) => state === "ratified").length;
  return {
    ...{ name, folder: shownPath(folder), kind, of, stages: [], models: [], seed: null, state: "done" },
    constitution:
      written === undefined
        ? null
        : {
            name: written.drafted.title,
            hash: written.constitution,
            principles: ratified ?? written.drafted.principles.length,
          },
    changed: changed.toISOString(),
    ...{ sizeBytes, headline: null, cost: null, alarms: 0, fault: null },
  };
}

/** The line of a guard's log that stands for itself. */
export function lineOfLog(folder: string, log: string): RunLine {
  const path = join(folder, log);
  const { kind = null, of = null, changed, sizeBytes } = listLog(path);
  return {
    ...{ name: log, folder: shownPath(path), kind, of, stages: [], constitution: null, models: [], seed: null },
    state: isWritten(path) ? "running" : "done",
    changed: changed.toISOString(),
    ...{ sizeBytes, headline: null, cost: null, alarms: 0, fault: null },
  };
}

function lineFrom(name: string, folder: string, listing: RunListing): RunLine {
  const { kind = null, of = null, stages, changed, sizeBytes, fault = null } = listing;
  const attempt = <T>(read: () => T): T | undefined => (fault === null ? readIfSound(read) : undefined);
  const manifest = attempt(() => readManifest(folder));
  const constitution = attempt(() => readConstitution(folder));
  const hash = manifest?.inputs["constitution"] ?? null;
  const summary = attempt(() => readSummary(folder));
  const quality = attempt(() => readQuality(folder));
  const [figure] = summary === undefined ? [] : headlineFigures(summary);
  const last = figure?.rates.at(-1);
  const isUnfinished = stages.some(({ status }) => status === "running");
  const costs = Object.values(attempt(() => readSpent(join(folder, "spending.json"))) ?? {}).flatMap(({ cost }) =>
    cost === undefined ? [] : [cost],
  );
  return {
    name,
    folder: shownPath(folder),
    kind,
    of,
    state: isLocked(folder) ? "running" : isUnfinished ? "unfinished" : "done",
    stages,
    constitution:
      constitution === undefined && hash === null
        ? null
        : { name: constitution?.name ?? null, hash, principles: constitution?.principles.length ?? 0 },
    models: [...new Set(Object.values(manifest?.models ?? {}))],
    seed: manifest?.seed ?? null,
    changed: changed.toISOString(),
    sizeBytes,
    headline:
      figure === undefined || last === undefined
        ? null
        : { label: figure.label, checkpoint: checkpointLabel(last[0]), rate: pickInterval(last[1]) },
    cost: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
    alarms: runAlarms({ alarms: quality?.warnings ?? [], summary }).length,
    fault,
  };
}

function pickInterval({ estimate, low, high, n }: Interval): Interval {
  return { estimate, low, high, n };
}

/** A line of a list leaves out what cannot be read; the run's own page says what is wrong. */
function readIfSound<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
