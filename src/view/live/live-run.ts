import { closeSync, existsSync, fstatSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readQuality, readSummary, runAlarms } from "../../report/index.ts";
import { readPlan, readSpent } from "../../spending/index.ts";
import { linesOfFile, tryJson } from "../../storage/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import { isRecord } from "../segments/listing.ts";
import type { SegmentHead } from "../segments/segment.ts";
import type { LiveRun, LiveStage } from "../source-live.ts";

/** Milliseconds over which a rate is taken: what a resumed run finds done at once does not mislead for longer. */
const span = 30_000;
/** Bytes at the end of a file of metrics in which its last row stands. */
const tailBytes = 64 * 2 ** 10;

/** Stages that answer prompts, and the records that each of them makes once all are answered, where it makes any. */
const answering: Readonly<Record<string, { readonly unit: string; readonly types: readonly string[] } | null>> = {
  "sl-cai": null,
  "ai-feedback": { unit: "comparisons", types: ["comparison", "no-label"] },
};

const methodSchema = z.looseObject({ rlCai: z.looseObject({ steps: z.number() }).optional() });

/** How far a run is, read from what it has written; keeps what was seen, for rates. */
export class LiveProgress {
  readonly #run: OpenRun;
  readonly #seen = new Map<string, { readonly at: number; readonly done: number }[]>();
  readonly #totals = new Map<string, { readonly state: string; readonly n: number }>();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** @param now milliseconds. */
  read(now: number): LiveRun {
    this.#run.refresh();
    const { folder, run } = this.#run;
    const stages = run.stages.map(({ name, entry }) => this.#readStage(name, entry.status, now));
    return {
      isRunning: this.#run.isWorkedOn,
      stages,
      spent: readIfThere(() => countSpent(folder, run.manifest.command)) ?? null,
      alarms: readIfThere(() => listAlarms(folder)) ?? [],
      version: JSON.stringify(this.#run.files.map(({ path, index }) => [path, index.rows])),
    };
  }

  #readStage(name: string, status: LiveStage["status"], now: number): LiveStage {
    const { unit, done, total } = this.#countDone(name, status);
    const rate =
      status === "done" || (total !== null && done >= total) ? null : this.#rateOf(`${name} ${unit}`, done, now);
    return {
      ...{ name, status, unit, done, total, rate },
      secondsLeft: rate === null || total === null ? null : Math.max(0, total - done) / rate,
    };
  }

  /** Prompts first, then what is made of the answers, then steps where the stage trains. */
  #countDone(name: string, status: LiveStage["status"]): Pick<LiveStage, "unit" | "done" | "total"> {
    const { folder, run, files } = this.#run;
    const prompts = this.#readTotal(name);
    const heads = files
      .filter((file) => file.stage === name)
      .flatMap(({ index }) => index.segments.map(({ head }) => head));
    const sum = (count: (head: SegmentHead) => number): number => heads.reduce((n, head) => n + count(head), 0);
    const answered = sum((head) => head.answered);
    const isAnswered = prompts === null || answered >= prompts;
    const step = isAnswered ? lastStep(join(folder, name, "metrics.jsonl")) : undefined;
    if (step !== undefined && !(status === "done" && prompts !== null)) {
      const steps = methodSchema.safeParse(run.manifest.method).data?.rlCai?.steps;
      return { unit: "steps", done: step, total: name === "rl-cai" && steps !== undefined ? steps : null };
    }
    if (prompts === null) return { unit: "records", done: sum(({ rows }) => rows), total: null };
    const made = answering[name];
    const n = sum(({ counts }) => (made?.types ?? []).reduce((all, type) => all + (counts[type] ?? 0), 0));
    return isAnswered && made && n > 0
      ? { unit: made.unit, done: n, total: null }
      : { unit: "prompts", done: answered, total: prompts };
  }

  #rateOf(key: string, done: number, now: number): number | null {
    const seen = (this.#seen.get(key) ?? []).filter(({ at }) => now - at <= span);
    this.#seen.set(key, [...seen, { at: now, done }]);
    const [first] = seen;
    if (first === undefined || done <= first.done || now - first.at < 1000) return null;
    return (1000 * (done - first.done)) / (now - first.at);
  }

  /** Prompts of a stage; null where it has no file of them, or none yet. */
  #readTotal(name: string): number | null {
    const path = join(this.#run.folder, "prompts", `${name}.jsonl`);
    const stat = name in answering ? statSync(path, { throwIfNoEntry: false }) : undefined;
    if (stat === undefined) return null;
    const state = JSON.stringify([stat.ino, stat.size, stat.mtimeMs]);
    const known = this.#totals.get(name);
    if (known?.state === state) return known.n;
    const n = countLines(path);
    this.#totals.set(name, { state, n });
    return n;
  }
}

function countLines(path: string): number {
  const file = openSync(path, "r");
  try {
    let n = 0;
    for (const _ of linesOfFile(file)) n += 1;
    return n;
  } finally {
    closeSync(file);
  }
}

/** The step of the last whole row of a file of metrics. */
function lastStep(path: string): number | undefined {
  if (!existsSync(path)) return undefined;
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const bytes = Buffer.alloc(Math.min(size, tailBytes));
    readSync(file, bytes, 0, bytes.length, size - bytes.length);
    const rows = bytes.toString("utf8").split("\n").map(tryJson).filter(isRecord);
    const step = rows.findLast((row) => typeof row["step"] === "number")?.["step"];
    return typeof step === "number" ? step : undefined;
  } finally {
    closeSync(file);
  }
}

function countSpent(folder: string, command: string): LiveRun["spent"] {
  const roles = Object.values(readSpent(join(folder, "spending.json")));
  if (roles.length === 0) return null;
  const priced = roles.filter(({ calls }) => calls > 0);
  const isPriced = priced.every(({ cost }) => cost !== undefined);
  const planned = readIfThere(() => readPlan(folder).total.cost);
  const limit = /--max-cost[= ](\d+(?:\.\d+)?)/u.exec(command)?.[1];
  return {
    calls: roles.reduce((sum, { calls }) => sum + calls, 0),
    cost: isPriced ? priced.reduce((sum, { cost = 0 }) => sum + cost, 0) : null,
    mostCost: limit === undefined ? null : Number(limit),
    planned: planned === undefined ? null : { low: planned.low, high: planned.high },
  };
}

function listAlarms(folder: string): string[] {
  const alarms = runAlarms({ alarms: readQuality(folder)?.warnings ?? [], summary: readSummary(folder) });
  return alarms.map(({ parts }) =>
    parts.map((part) => (typeof part === "string" ? part : Object.values(part).join(""))).join(""),
  );
}

/** Files that are being written may be missing, or of half a moment ago. */
function readIfThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
