import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  checkpointLabel,
  harborDisclosure,
  headlineFigures,
  headlineSubject,
  isHarbor,
  readCheckData,
  readConstitution,
  readQuality,
  readSummary,
  runAlarms,
  tellLede,
} from "../../report/index.ts";
import type { StoredRun } from "../../runs/index.ts";
import { isLocked, shownPath } from "../../storage/index.ts";
import type { OpenedRun } from "../room.ts";
import type { Figure, Notice, RunPage, StageLine, WorthALook } from "../source.ts";
import type { OpenRun } from "./open-run.ts";
import { countRecords } from "./record-counts.ts";
import { lineOf } from "./runs.ts";
import { type ChainMaking, chainsWorthALook } from "./worth-a-look.ts";

/** The overview of a run: what its report says first, and what its index counts. */
export async function readOverview(
  { run: open, chains, marks }: OpenedRun,
  name: string,
  rooms: RunPage["rooms"],
): Promise<RunPage> {
  const { run, folder } = open;
  const notices: Notice[] = [...open.notices(), ...missingFiles(run), ...stoppedRun(open)];
  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      notices.push({ kind: "damaged", text: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };
  const summary = attempt(() => readSummary(folder));
  const constitution = attempt(() => readConstitution(folder));
  const quality = attempt(() => readQuality(folder));
  const check = await readCheckData(folder).catch(() => undefined);
  const stages = run.stages.map((stage) => stageOf(open, stage));
  const counts = Object.fromEntries(run.stages.map((stage) => [stage.name, countRecords(open, stage.name)]));
  const lede = tellLede({ check, summary, constitution, manifest: run.manifest, counts, folder: shownPath(folder) });
  const alarms = runAlarms({ alarms: warningsBeside(quality), summary, check });
  await marks.refresh();
  notices.push(...marks.notices);
  const principles = constitution?.principles.length ?? 0;
  return {
    line: lineOf(folder, name),
    rooms,
    sentence: lede.parts,
    measuredOn: summary === undefined || check !== undefined ? null : headlineSubject(summary),
    figures: summary === undefined || check !== undefined ? [] : headlineFigures(summary).map(figureOf),
    worthALook: [
      ...chainsWorthALook(chains, methodOf(run)),
      ...alarms.map(
        ({ parts, examples }): WorthALook => ({ count: null, words: parts, detail: null, opens: null, examples }),
      ),
    ],
    stages,
    made: countMade(counts),
    provenance: provenanceOf(run, constitution?.name, principles),
    review: marks.summary(),
    next: nextSteps(run, rowsOf(counts)).map(([verb, ...rest]) =>
      ["precept", verb, shownPath(folder), ...rest].join(" "),
    ),
    disclosure: isHarborRun(run) ? harborDisclosure : null,
    indexed: open.indexed,
    notices,
    plain: null,
  };
}

/** Warnings that the index counts as well, and whose filter it opens. */
const countedWarnings: ReadonlySet<string> = new Set(["put-backs", "still-breaking", "unread-revisions"]);

function warningsBeside(quality: ReturnType<typeof readQuality>): NonNullable<typeof quality>["warnings"] {
  return (quality?.warnings ?? []).filter(({ code }) => !countedWarnings.has(code));
}

type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Rows that an export would have before anybody dropped one. */
function rowsOf(counts: Counts): number {
  const all = Object.values(counts);
  return all.reduce((sum, own) => sum + (own["sl-example"] ?? 0) + (own["comparison"] ?? 0), 0);
}

/** Commands that have something to work on. */
function nextSteps({ stages }: StoredRun, rows: number): string[][] {
  const isTrained = stages.some(({ entry }) => entry.checkpoints.length > 0);
  const isMade = rows > 0 || isTrained;
  return [
    ...(rows > 0 ? [["export", "--to", "trl"]] : []),
    ...(isTrained ? [["chat"]] : []),
    ...(isMade ? [["report"]] : []),
  ];
}

const methodSchema = z.looseObject({
  slCai: z.looseObject({ selection: z.string(), reread: z.boolean().default(false) }),
});

/** How the chains were made. Where a principle was drawn for each round, no critique reads a last revision, which is no news. */
function methodOf({ manifest }: StoredRun): ChainMaking {
  const method = methodSchema.safeParse(manifest.method).data?.slCai;
  return { areDrawn: method?.selection === "random", isReread: method?.reread === true };
}

function figureOf({ metric, label, definition, better, rates }: ReturnType<typeof headlineFigures>[number]): Figure {
  return {
    metric,
    label,
    definition,
    better,
    rates: rates.map(([checkpoint, { estimate, low, high, n }]) => ({
      checkpoint,
      label: checkpointLabel(checkpoint),
      rate: { estimate, low, high, n },
    })),
  };
}

function missingFiles({ stages }: StoredRun): Notice[] {
  return stages.flatMap(({ name, folder, entry }) =>
    Object.keys(entry.records)
      .filter((file) => !existsSync(join(folder, `${file}.jsonl`)))
      .map((file) => ({
        kind: "missing" as const,
        text: `${name}/${file}.jsonl is gone. Everything else is shown; the stage can be run again.`,
      })),
  );
}

/** An unfinished run that nobody works on. */
function stoppedRun({ folder, run: { manifest, stages } }: OpenRun): Notice[] {
  const open = stages.filter(({ entry }) => entry.status === "running").map(({ name }) => name);
  if (open.length === 0 || isLocked(folder)) return [];
  const minutes = Math.round((Date.now() - statSync(join(folder, "manifest.json")).mtimeMs) / 60_000);
  const ago =
    minutes < 120
      ? `${minutes} minutes`
      : minutes < 2880
        ? `${Math.round(minutes / 60)} hours`
        : `${Math.round(minutes / 1440)} days`;
  return [
    {
      kind: "stopped",
      text: `Stopped in ${open.join(", ")}, ${ago} ago. \`precept ${manifest.command}\` goes on where it stopped.`,
    },
  ];
}

const costSchema = z.looseObject({
  seconds: z.number(),
  tokens: z.number().optional(),
  tokensPerSecond: z.number().optional(),
});

function stageOf(open: OpenRun, { name, folder, entry }: StoredRun["stages"][number]): StageLine {
  const path = join(folder, "summary.json");
  const cost = existsSync(path) ? costSchema.safeParse(readJson(path)).data : undefined;
  const byType = Object.entries(countRecords(open, name)).filter(([type]) => !type.includes(": "));
  return {
    name,
    status: entry.status,
    seconds: cost?.seconds ?? entry.seconds,
    tokens: cost?.tokens ?? null,
    tokensPerSecond: cost?.tokensPerSecond ?? null,
    records: Object.fromEntries(byType),
    checkpoints: entry.checkpoints,
  };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined; // shown as a stage whose cost is not known
  }
}

const sources: Readonly<Record<string, string>> = {
  revision: "from revisions",
  unrevised: "unrevised",
  helpful: "helpful",
  distilled: "distilled",
  replay: "replay",
};

function countMade(counts: Counts): RunPage["made"] {
  const of = (stage: string, type: string): number => counts[stage]?.[type] ?? 0;
  const lines = [
    { label: "Training rows", count: of("sl-cai", "sl-example"), isPart: false },
    ...Object.entries(sources).map(([source, label]) => ({
      label,
      count: of("sl-cai", `sl-example: ${source}`),
      isPart: true,
    })),
    { label: "Comparisons", count: of("ai-feedback", "comparison"), isPart: false },
    { label: "without a label", count: of("ai-feedback", "no-label"), isPart: true },
    { label: "Rollouts", count: of("rl-cai", "rollout"), isPart: false },
    { label: "Answers measured", count: of("evaluate", "answer"), isPart: false },
  ];
  return lines.filter((line) => line.count > 0);
}

function provenanceOf({ manifest }: StoredRun, name: string | undefined, principles: number): RunPage["provenance"] {
  const { inputs, models = {} } = manifest;
  const peak = Math.max(0, ...Object.values(manifest.stages).map(({ peakMemoryBytes }) => peakMemoryBytes));
  const lines: readonly (readonly [string, string | null | undefined])[] = [
    ["Constitution", name === undefined ? undefined : `${name}, ${principles} principle${principles === 1 ? "" : "s"}`],
    ["Hash", inputs["constitution"]],
    ["Templates", inputs["templates"]],
    ...Object.entries(models).map(([role, model]) => [`Model, ${role}`, model] as const),
    ["Command", `precept ${manifest.command}`],
    ["Precept", manifest.version],
    ["Commit", manifest.gitCommit],
    ["Node", manifest.node.replace(/^v/u, "")],
    ["Peak memory", peak === 0 ? undefined : `${Math.round(peak / 2 ** 20).toLocaleString("en-US")} MiB`],
  ];
  return lines.flatMap(([label, value]) => (value === undefined || value === null ? [] : [{ label, value }]));
}

/** Whether the run is of harbor, by its templates or its world. */
export function isHarborRun({ manifest }: StoredRun): boolean {
  const templates = manifest.inputs["templates"];
  return templates !== undefined && isHarbor({ suites: [], templateVersions: [templates] });
}
