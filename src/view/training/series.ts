import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { errnoOf } from "../../errors.ts";
import { readSummary } from "../../report/index.ts";
import { linesOfFile, tryJson } from "../../storage/index.ts";
import { keepInside } from "../run/inside.ts";
import type { OpenRun } from "../run/open-run.ts";
import { isRecord } from "../segments/listing.ts";
import type { Series } from "../source-rooms.ts";
import { Buckets, type Point } from "./buckets.ts";
import { counters, mainMeasures, measureOf } from "./measures.ts";

const metricsFile = "metrics.jsonl";

/** Names of the stages that wrote metrics. */
export function trainedStages({ folder, run }: OpenRun): string[] {
  keepInside(
    folder,
    run.stages.map(({ name }) => `${name}/${metricsFile}`),
  );
  return run.stages.filter((stage) => firstLine(join(stage.folder, metricsFile)) !== undefined).map(({ name }) => name);
}

/** Every number of every training over its steps, at most so many points each. */
export function readSeries(open: OpenRun, mostPoints = 800): Series[] {
  const bounds = readBounds(open);
  const gold = readGold(open.folder);
  return trainedStages(open).flatMap((stage) => {
    const trainings = readTrainings(join(open.folder, stage, metricsFile), mostPoints);
    const [first] = trainings.keys();
    return [...trainings].flatMap(([training, numbers]) => {
      const isFirst = training === first;
      const points = new Map([...numbers].map(([name, buckets]) => [name, buckets.points()] as const));
      if (stage === "rl-cai" && isFirst && gold.length > 0) points.set("gold/reward", gold);
      const named = isFirst ? stage : `${stage}: ${training}`;
      return [...points]
        .sort(([a], [b]) => placeOf(a) - placeOf(b))
        .map(([name, own]) => seriesOf(named, name, own, bounds));
    });
  });
}

function seriesOf(stage: string, name: string, points: readonly Point[], bounds: Bounds): Series {
  const { title, unit, bounds: names } = measureOf(name);
  const setting = names.find((one) => bounds[one] !== undefined);
  const value = setting === undefined ? undefined : bounds[setting];
  const isMain = Object.hasOwn(mainMeasures, name);
  const says = `${setting?.startsWith("min") ? "stops below" : "stops above"} ${value}`;
  return { stage, name, title, unit, points, bound: value === undefined ? null : { value, says }, isMain };
}

function placeOf(name: string): number {
  const place = Object.keys(mainMeasures).indexOf(name);
  return place < 0 ? Number.MAX_SAFE_INTEGER : place;
}

/** By training, as the file names them, then by number; lines that are no JSON are left out. */
function readTrainings(path: string, mostPoints: number): Map<string, Map<string, Buckets>> {
  const trainings = new Map<string, Map<string, Buckets>>();
  const file = openSync(path, "r");
  try {
    for (const { text } of linesOfFile(file)) {
      const row = tryJson(text);
      if (!isRecord(row) || typeof row["step"] !== "number") continue;
      const training = typeof row["series"] === "string" ? row["series"] : "";
      const numbers = trainings.get(training) ?? new Map<string, Buckets>();
      trainings.set(training, numbers);
      for (const [name, value] of Object.entries(row)) {
        if (typeof value !== "number" || counters.has(name)) continue;
        const buckets = numbers.get(name) ?? new Buckets(mostPoints);
        numbers.set(name, buckets);
        buckets.add(row["step"], value);
      }
    }
  } finally {
    closeSync(file);
  }
  return trainings;
}

type Bounds = Readonly<Record<string, number | undefined>>;

const monitorsSchema = z.record(z.string(), z.number());
const methodSchema = z.looseObject({ rlCai: z.looseObject({ monitors: monitorsSchema.optional() }) });
const jobSchema = z.looseObject({ monitors: monitorsSchema });

/** What the training was told to stop at: by the method of a project, or by the job of `precept train`. */
function readBounds({ run: { manifest } }: OpenRun): Bounds {
  return (
    methodSchema.safeParse(manifest.method).data?.rlCai.monitors ??
    jobSchema.safeParse(manifest.config).data?.monitors ??
    {}
  );
}

/** Of the policies kept on the way, with their intervals. */
function readGold(folder: string): Point[] {
  try {
    return (readSummary(folder)?.goldReward ?? []).map(({ step, gold }) => [step, gold.estimate, gold.low, gold.high]);
  } catch {
    return []; // the overview says that the summary is damaged
  }
}

function firstLine(path: string): string | undefined {
  try {
    const file = openSync(path, "r");
    try {
      for (const { text } of linesOfFile(file)) return text;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (errnoOf(error) !== "ENOENT") throw error;
  }
  return undefined;
}
