import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { readRecords } from "../../records/index.ts";
import { readManifest } from "../../runs/index.ts";
import { benchmarkStage } from "../benchmark/index.ts";
import { benchmarks } from "../benchmarks/registry.ts";
import { isBreaking } from "../check/index.ts";
import { type Direction, itemsOfAnswers, type MeasuredSubject } from "../compare/index.ts";
import { type AnswerRecord, answerSchema, roleTrialSchema } from "../records.ts";
import { checkpointNames } from "../summary.ts";
import type { EmbeddedWorld } from "./world.ts";

const lineSchema = z.discriminatedUnion("type", [answerSchema, roleTrialSchema]);

/** All answers that a person named, by subject, in the order of the method. */
export interface MeasuredSubjects {
  /** As given, without the checkpoint. */
  readonly path: string;
  readonly subjects: readonly MeasuredSubject[];
}

/** The answers of everybody that a person named, by name, in the order of the method. */
interface NamedAnswers {
  readonly path: string;
  readonly answers: ReadonlyMap<string, readonly AnswerRecord[]>;
}

/** @throws PreceptError as `readMeasuredSubjects`. */
async function readNamed(text: string): Promise<NamedAnswers> {
  const at = text.lastIndexOf("@");
  const isNamed = at > 0 && !existsSync(text);
  const path = isNamed ? text.slice(0, at) : text;
  const wanted = isNamed ? text.slice(at + 1) : undefined;
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) readManifest(path); // refuses other versions' runs
  const files = recordFiles(path);
  if (files.length === 0) {
    throw new PreceptError("usage", {
      attempted: `Reading what was measured at ${path}`,
      found: existsSync(path) ? "no evaluate/records.jsonl" : "no such folder",
      expected: "a run whose checkpoints were measured, or a folder of benchmark results",
      remedy: `precept evaluate ${path}`,
    });
  }
  const answers = new Map<string, AnswerRecord[]>();
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
  return { path, answers: new Map(names.map((name) => [name, answers.get(name) ?? []])) };
}

/**
 * "RUN", "RUN@sl-cai", or a folder of benchmark results: what was measured there.
 * @throws PreceptError usage where nothing was measured or the checkpoint is not there; run-version.
 */
export async function readMeasuredSubjects(text: string): Promise<MeasuredSubjects> {
  const { path, answers } = await readNamed(text);
  const subjects = [...answers].map(([name, own]) => ({ name: `${path}@${name}`, items: itemsOfAnswers(own) }));
  return { path, subjects };
}

/** The answers of the one subject that a person named. @throws PreceptError as `readMeasuredSubject`. */
export async function readMeasuredAnswers(text: string): Promise<readonly AnswerRecord[]> {
  return [...(await readNamed(text)).answers.values()].at(-1) ?? [];
}

/** The one subject that a person named: the checkpoint after the "@", else the last that was measured. @throws PreceptError usage. */
export async function readMeasuredSubject(text: string): Promise<MeasuredSubject> {
  const { subjects } = await readMeasuredSubjects(text);
  const last = subjects.at(-1);
  if (last === undefined) throw new PreceptError("usage", { attempted: `Reading ${text}`, found: "no answers" });
  return last;
}

/** Policies kept along the way are measured on a few items only: they are not compared. */
function isKept({ subject }: AnswerRecord): boolean {
  return /^rl-cai-step-\d+$/u.test(subject);
}

/** The method's checkpoints last and in its order, so that the last is the one to take. */
function inOrder(names: readonly string[]): string[] {
  const order: readonly string[] = checkpointNames;
  return [...names].sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

/** PATH itself, PATH/evaluate/records.jsonl, or those of PATH's folders of benchmarks. */
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

/** Which way is good, for the metrics of worlds and of every benchmark. */
export function directionsOf(worlds: readonly EmbeddedWorld[] = []): (metric: string) => Direction {
  const own = worlds.flatMap((world) => Object.values(world.benchmarks()));
  const known = [...own, ...benchmarks.values()].map(({ metrics }) => metrics);
  return (metric) =>
    isBreaking(metric)
      ? "lower"
      : (known.find((metrics) => metrics[metric]?.better !== undefined)?.[metric]?.better ?? "neither");
}
