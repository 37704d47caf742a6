import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../errors.ts";
import { benchmarks } from "../evaluation/benchmarks/index.ts";
import {
  answerSchema,
  benchmarkStage,
  checkpointNames,
  type Direction,
  itemsOfAnswers,
  type MeasuredAnswer,
  roleTrialSchema,
  type Side,
} from "../evaluation/index.ts";
import { readRecords } from "../records/index.ts";
import { metricName } from "../report/index.ts";
import { principleOfCategory } from "../worlds/harbor/index.ts";

const lineSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);
type Line = z.infer<typeof lineSchema>;
type Answer = Exclude<Line, { readonly type: "role-trial" }>;

/** All answers that a person named, by checkpoint or model, in the order of the method. */
export interface Measured {
  /** As given, without the checkpoint. */
  readonly path: string;
  readonly sides: readonly Side[];
}

/**
 * "RUN", "RUN@sl-cai", or a folder of suite results: what was measured there.
 * @throws PreceptError usage where nothing was measured or the checkpoint is not there.
 */
export async function measuredAt(text: string): Promise<Measured> {
  const at = text.lastIndexOf("@");
  const isNamed = at > 0 && !existsSync(text);
  const path = isNamed ? text.slice(0, at) : text;
  const wanted = isNamed ? text.slice(at + 1) : undefined;
  const files = recordFiles(path);
  if (files.length === 0) {
    throw new PreceptError("usage", {
      attempted: `Reading what was measured at ${path}`,
      found: existsSync(path) ? "no evaluate/records.jsonl" : "no such folder",
      expected: "a run whose checkpoints were measured, or a folder of suite results",
      remedy: `precept evaluate ${path}`,
    });
  }
  const answers = new Map<string, MeasuredAnswer[]>();
  for (const file of files) {
    for await (const line of readRecords(file, lineSchema)) {
      if (line.type === "role-trial" || isKept(line)) continue;
      const list = answers.get(line.subject) ?? [];
      answers.set(line.subject, list);
      list.push(line);
    }
  }
  const names = inOrder([...answers.keys()]).filter((name) => wanted === undefined || name === wanted);
  if (names.length === 0) {
    throw new PreceptError("usage", {
      attempted: `Reading what was measured at ${path}`,
      found: wanted === undefined ? "no answers" : `no checkpoint ${wanted}`,
      expected: wanted === undefined ? "answers" : `one of ${[...answers.keys()].join(", ")}`,
    });
  }
  const items = (name: string) => itemsOfAnswers(answers.get(name) ?? [], { governing: (id) => governing.has(id) });
  return { path, sides: names.map((name) => ({ name: `${path}@${name}`, items: items(name) })) };
}

/** The one side that a person named: the checkpoint after the "@", else the last that was measured. */
export async function sideAt(text: string): Promise<Side> {
  const { sides } = await measuredAt(text);
  const last = sides.at(-1);
  if (last === undefined) throw new PreceptError("usage", { attempted: `Reading ${text}`, found: "no answers" });
  return last;
}

/** Policies kept along the way are measured on a few items only: they are no side of a comparison. */
function isKept({ subject }: Answer): boolean {
  return /^rl-cai-step-\d+$/u.test(subject);
}

/** Principles of harbor that apply because of what was asked. */
const governing: ReadonlySet<string> = new Set([...Object.values(principleOfCategory), "help"]);

/** The method's checkpoints last and in its order, so that the last is the one to take. */
function inOrder(names: readonly string[]): string[] {
  const order: readonly string[] = checkpointNames;
  return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

/** PATH itself, PATH/evaluate/records.jsonl, or those of PATH's folders of suites. */
function recordFiles(path: string): string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return [path];
  const own = join(path, "evaluate", "records.jsonl");
  if (existsSync(own)) return [own];
  const folders = (parent: string): string[] =>
    existsSync(parent)
      ? readdirSync(parent, { withFileTypes: true }).flatMap((entry) =>
          entry.isDirectory() ? [join(parent, entry.name)] : [],
        )
      : [];
  return [path, ...folders(path)]
    .flatMap(folders)
    .map((folder) => join(folder, benchmarkStage.name, "records.jsonl"))
    .filter((file) => existsSync(file));
}

/** Which way is good, for harbor's metrics and those of every benchmark. */
export function directionOf(metric: string): Direction {
  if (metric.startsWith("byPrinciple.")) return "lower";
  if (metric === "goldReward") return "higher";
  const known = metricName(metric).better;
  if (known !== "neither") return known;
  for (const { metrics } of benchmarks.values()) {
    const better = metrics[metric]?.better;
    if (better !== undefined) return better;
  }
  return "neither";
}
