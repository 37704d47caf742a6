import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readQuality, readSummary, runAlarms } from "../../report/index.ts";
import { readPlan, readSpent } from "../../spending/index.ts";
import { isLocked, linesOfFile, tryJson } from "../../storage/index.ts";
import type { OpenRun } from "../run/open-run.ts";
import { isRecord } from "../segments/listing.ts";
import type { LiveRun, LiveStage } from "../source-live.ts";

/** Milliseconds over which a rate is taken: what a resumed run finds done at once does not mislead for longer. */
const span = 30_000;
/** Bytes at the end of a file of metrics in which its last row stands. */
const tailBytes = 64 * 2 ** 10;

/** How many answers of the model each prompt of a stage has. */
const answersPerPrompt: Readonly<Record<string, number>> = { "sl-cai": 1, "ai-feedback": 2 };

const methodSchema = z.looseObject({ rlCai: z.looseObject({ steps: z.number() }).optional() });

/** How far a run is, read from what it has written; keeps what was seen, for rates. */
export class LiveProgress {
  readonly #run: OpenRun;
  readonly #seen = new Map<string, { readonly at: number; readonly done: number }[]>();
  readonly #totals = new Map<string, number | null>();

  constructor(run: OpenRun) {
    this.#run = run;
  }

  /** @param now milliseconds. */
  read(now: number): LiveRun {
    this.#run.refresh();
    const { folder, run } = this.#run;
    const stages = run.stages.map(({ name, entry }) => this.#readStage(name, entry.status, now));
    return {
      isRunning: isLocked(folder),
      stages,
      spent: readIfThere(() => countSpent(folder, run.manifest.command)) ?? null,
      alarms: readIfThere(() => listAlarms(folder)) ?? [],
      version: JSON.stringify(this.#run.files.map(({ path, index }) => [path, index.rows])),
    };
  }

  #readStage(name: string, status: LiveStage["status"], now: number): LiveStage {
    const prompts = this.#readTotal(name);
    const each = answersPerPrompt[name];
    const asked = each === undefined ? 0 : Math.floor(this.#countRecords(name, "response") / each);
    const step = lastStep(join(this.#run.folder, name, "metrics.jsonl"));
    // A stage that has asked for everything trains, if it trains at all.
    const isTraining =
      step !== undefined && !(status === "done" && prompts !== null) && (prompts === null || asked >= prompts);
    const done = isTraining ? step : prompts === null ? this.#countAll(name) : asked;
    const unit = isTraining ? "steps" : prompts === null ? "records" : "prompts";
    const steps = methodSchema.safeParse(this.#run.run.manifest.method).data?.rlCai?.steps;
    const total = isTraining ? (name === "rl-cai" && steps !== undefined ? steps : null) : prompts;
    const rate =
      status === "done" || (total !== null && done >= total) ? null : this.#rateOf(`${name} ${unit}`, done, now);
    return {
      ...{ name, status, unit, done, total, rate },
      secondsLeft: rate === null || total === null ? null : Math.max(0, total - done) / rate,
    };
  }

  #rateOf(key: string, done: number, now: number): number | null {
    const seen = (this.#seen.get(key) ?? []).filter(({ at }) => now - at <= span);
    this.#seen.set(key, [...seen, { at: now, done }]);
    const [first] = seen;
    if (first === undefined || done <= first.done || now - first.at < 1000) return null;
    return (1000 * (done - first.done)) / (now - first.at);
  }

  /** Prompts of a stage; null where it has no file of them. */
  #readTotal(name: string): number | null {
    const known = this.#totals.get(name);
    if (known !== undefined) return known;
    const path = join(this.#run.folder, "prompts", `${name}.jsonl`);
    const total = answersPerPrompt[name] !== undefined && existsSync(path) ? countLines(path) : null;
    this.#totals.set(name, total);
    return total;
  }

  #countRecords(stage: string, type: string): number {
    const files = this.#run.files.filter((file) => file.stage === stage);
    const heads = files.flatMap(({ index }) => index.segments.map(({ head }) => head));
    return heads.reduce((sum, { counts }) => sum + (counts[type] ?? 0), 0);
  }

  #countAll(stage: string): number {
    const files = this.#run.files.filter((file) => file.stage === stage);
    return files.reduce((sum, { index }) => sum + index.rows, 0);
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
