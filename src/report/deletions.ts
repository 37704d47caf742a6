import { z } from "zod";
import { PreceptError } from "../errors.ts";
import {
  type AnswerRecord,
  checkpointNames,
  compareSubjects,
  itemsOfAnswers,
  type MeasuredItem,
  type MeasuredSubject,
} from "../evaluation/index.ts";
import { type Manifest, readRun } from "../runs/index.ts";
import type { Deletion, ReportConstitution } from "./data.ts";
import { runRecordSchema } from "./records.ts";

/** A run and what was measured in it, as a deletion is read from two of them. */
export interface MeasuredRun {
  readonly name: string;
  readonly manifest: Manifest;
  readonly constitution?: ReportConstitution | undefined;
  readonly answers: readonly AnswerRecord[];
}

const byPrinciple = "byPrinciple.";

/**
 * What a run without `principle` does otherwise than this one, at the last checkpoint that both measured: the rise of every
 * principle's violation rate on the requests that both were asked, split by split, as `compareSubjects` gives it.
 * @throws PreceptError usage when the other run holds the principle, or this one does not; not-enough-evidence as `compareSubjects`.
 */
export function deletionOf(principle: string, run: MeasuredRun, other: MeasuredRun): Deletion {
  const attempted = `Reading ${other.name} as ${run.name} without ${principle}`;
  const refuse = (found: string, expected: string): PreceptError =>
    new PreceptError("usage", {
      attempted,
      found,
      expected,
      remedy: `--deleted PRINCIPLE=RUN, where RUN was made with --delete PRINCIPLE`,
    });
  if (!holds(run, principle)) throw refuse(`${run.name} has no principle ${principle}`, `one of ${idsOf(run)}`);
  if (holds(other, principle)) throw refuse(`${other.name} has the principle too`, "a run without it");
  const subjectsOf = (one: MeasuredRun) => new Set(one.answers.map(({ subject }) => subject));
  const [own, theirs] = [subjectsOf(run), subjectsOf(other)];
  const checkpoint = checkpointNames.findLast((name) => name !== "initial" && own.has(name) && theirs.has(name));
  if (checkpoint === undefined) throw refuse("no trained checkpoint that both measured", "both runs evaluated");
  const sideOf = ({ name, answers }: MeasuredRun) => ({
    name,
    items: itemsOfAnswers(answers.filter(({ subject }) => subject === checkpoint)).map(principlesOnly),
  });
  const [before, after] = [sideOf(run), sideOf(other)];
  // By words alone two ids of one request would count once; that is only for runs that were asked different things.
  const matching = wasAskedTheSame(before, after) ? "same" : "prompt";
  const { rows, pairs, leftOut } = compareSubjects(before, after, {
    matching,
    by: ["split"],
    directions: () => "lower",
  });
  return {
    principle,
    run: other.name,
    checkpoint,
    pairs,
    leftOut,
    differs: differing(run.manifest, other.manifest),
    rows: rows.map(({ metric, ...row }) => ({ ...row, principle: metric.slice(byPrinciple.length) })),
  };
}

/** The folder of another run, for `deletionOf`. @throws PreceptError usage where it is no run, or none that was measured. */
export async function readMeasured(
  folder: string,
  constitution: (folder: string) => ReportConstitution | undefined,
): Promise<MeasuredRun> {
  const { folder: path, name, manifest, stage } = readRun(folder);
  const answers: AnswerRecord[] = [];
  for await (const record of stage("evaluate")?.records(runRecordSchema) ?? []) {
    if (record.type === "answer") answers.push(record);
  }
  if (answers.length === 0) {
    throw new PreceptError("usage", {
      attempted: `Reading the run ${folder}`,
      found: "no answers in evaluate/records.jsonl",
      expected: "the folder of a run that was evaluated",
      remedy: `precept evaluate ${folder}`,
    });
  }
  return { name, manifest, answers, constitution: constitution(path) };
}

/** By the constitution that the run keeps, else by its settings. */
function holds({ constitution, manifest }: MeasuredRun, principle: string): boolean {
  if (constitution !== undefined) return constitution.principles.some(({ id }) => id === principle);
  return findDeleted(manifest) !== principle;
}

function idsOf({ constitution }: MeasuredRun): string {
  return constitution?.principles.map(({ id }) => id).join(", ") ?? "its principles";
}

function wasAskedTheSame(first: MeasuredSubject, second: MeasuredSubject): boolean {
  const asked = new Map(second.items.map((item) => [item.id, item.asked]));
  return first.items.length === asked.size && first.items.every(({ id, asked: words }) => asked.get(id) === words);
}

function principlesOnly(item: MeasuredItem): MeasuredItem {
  const values = Object.entries(item.values).filter(([metric]) => metric.startsWith(byPrinciple));
  return { ...item, values: Object.fromEntries(values) };
}

const controlsSchema = z.looseObject({ delete: z.string().optional() });

/** The principle that a run does without. */
export function findDeleted({ config }: Pick<Manifest, "config">): string | undefined {
  return controlsSchema.safeParse(config["controls"]).data?.delete;
}

/** Settings other than the deletion in which two runs differ: then the deletion is not all that was changed. */
function differing(run: Manifest, other: Manifest): string[] {
  const names = new Set([...Object.keys(run.config), ...Object.keys(other.config)]);
  const settingOf = ({ config }: Manifest, name: string): string | undefined => {
    const value = config[name];
    if (name !== "controls") return JSON.stringify(value);
    const { delete: _, ...others } = controlsSchema.catch({}).parse(value ?? {});
    return JSON.stringify(others);
  };
  return [...names].filter((name) => settingOf(run, name) !== settingOf(other, name)).sort();
}
