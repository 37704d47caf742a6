import { relative } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type AnswerRow,
  calibrateJudge,
  certificateMarkdown,
  type LabelledFor,
  type Labels,
  labelsPath,
  type Rubric,
  readAnswerRows,
  readLabels,
  rubricOf,
  writeLabels,
} from "../../evaluation/index.ts";
import { calibrateEntailment, calibratePrinciples, loadConfig } from "../../project/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { labelByKeyboard } from "../label-screen.ts";
import { align, pageOf } from "../layout.ts";
import { showEntailment } from "../show-citations.ts";
import { showJudgeFigures } from "../show-judge-figures.ts";

export interface CalibrateFlags {
  readonly judge?: string | undefined;
  readonly rubric: Rubric | "entailment";
  readonly principle?: readonly string[];
  readonly config?: string;
  readonly answers?: string;
  readonly labels?: string | undefined;
  readonly annotator?: string;
  readonly items?: number;
  readonly seed?: number | undefined;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept calibrate --judge MODEL --answers FILE: label by keyboard or from a file, then certify the judge. */
export async function calibrate(this: CliContext, flags: CalibrateFlags): Promise<void> {
  if (flags.principle !== undefined) return calibrateChecks(this, flags, flags.principle);
  const { rubric, seed = 1, out } = flags;
  if (rubric === "entailment") return calibrateQuotations(this, flags);
  const { judge, answers } = requiredFlags(flags);
  const rows = await readAnswerRows([answers], rubric, flags.items);
  const path = flags.labels ?? labelsPath(answers);
  const labels = await askForLabels(this, { ...flags, rubric }, path, rows);
  const { path: written, certificate } = await calibrateJudge({
    judge,
    rubric,
    rows,
    labels,
    seed,
    signal: this.signal,
    folder: out,
    answersPath: answers,
    labelsPath: labels.size === 0 ? undefined : path,
    progress: progressOf(this, flags.json),
  });
  const shown = relative(process.cwd(), written);
  if (flags.json) printJson(this, { path: shown, certificate });
  else print(this, `${align(certificateMarkdown(certificate))}\n${shown}`);
}

/** … --principle ID: the judge of precept check, one certificate a principle. */
async function calibrateChecks(
  context: CliContext,
  flags: CalibrateFlags,
  principles: readonly string[],
): Promise<void> {
  const { judge, answers, labels, items, seed = 1, out, json, rubric: _, ...screen } = flags;
  if (answers === undefined) {
    throw new PreceptError("usage", {
      attempted: "Calibrating the judge of a principle",
      found: "no --answers",
      expected: "the folder of a check, or a file with prompt or messages, and response",
      remedy: "precept check, then --answers with its folder",
    });
  }
  const calibrated = await calibratePrinciples({
    loaded: await loadConfig(flags.config),
    principles,
    judge,
    answers,
    labels,
    items,
    seed,
    folder: out,
    env: context.env,
    signal: context.signal,
    progress: progressOf(context, json),
    labelsFor: (principle, rows, file) =>
      askForLabels(context, { ...screen, labels, json, rubric: principle }, file, rows),
  });
  if (json) printJson(context, calibrated);
  else print(context, showJudgeFigures(calibrated, pageOf(context.process.stdout, context.env)));
}

/** … --rubric entailment: the judge of quotations, on facts that are made by rule. */
async function calibrateQuotations(
  context: CliContext,
  { judge, answers, labels, items, seed = 1, out, json }: CalibrateFlags,
): Promise<void> {
  if (judge === undefined || answers !== undefined || labels !== undefined) {
    throw new PreceptError("usage", {
      attempted: "Calibrating the judge of quotations",
      found: judge === undefined ? "no --judge" : `--${answers === undefined ? "labels" : "answers"}`,
      expected: "--judge provider:model, and no answers: it is asked about facts that are made by rule",
      remedy: "precept calibrate --rubric entailment --judge provider:model",
    });
  }
  const calibrated = await calibrateEntailment({
    judge,
    items,
    seed,
    folder: out,
    env: context.env,
    progress: progressOf(context, json),
    signal: context.signal,
  });
  const path = relative(process.cwd(), calibrated.path);
  if (json) printJson(context, { ...calibrated, path });
  else print(context, `${align(certificateMarkdown(calibrated.certificate))}\n${showEntailment(calibrated)}\n${path}`);
}

function requiredFlags({ judge, answers }: CalibrateFlags): { readonly judge: string; readonly answers: string } {
  if (judge !== undefined && answers !== undefined) return { judge, answers };
  throw new PreceptError("usage", {
    attempted: "Calibrating a judge",
    found: `no --${judge === undefined ? "judge" : "answers"}`,
    expected: "--judge provider:model (or strings), and --answers FILE with prompt and response, or two responses",
    remedy: "precept calibrate --judge provider:model --answers answers.jsonl",
  });
}

/** The labels of the file; in a terminal the person's own are asked for where they are missing, and kept after every key. */
async function askForLabels(
  context: CliContext,
  {
    rubric,
    labels: path,
    annotator,
    json,
  }: Pick<CalibrateFlags, "labels" | "annotator" | "json"> & { readonly rubric: LabelledFor },
  file: string,
  rows: readonly AnswerRow[],
): Promise<Labels> {
  const isScreen = context.process.stdout.isTTY === true;
  const labels = await readLabels(file, rubric, path !== undefined && !isScreen);
  const isTerminal = isScreen && "isTTY" in context.stdin && context.stdin.isTTY === true && !json;
  const name = annotator ?? "1";
  const isLabelled = rows.some(({ final, labels: own }) => final !== undefined || own.length > 0);
  // Labels that this person has begun are gone on with.
  const isOpen = !isLabelled && (labels.size === 0 || labels.has(name));
  if (!isTerminal || (annotator === undefined && !isOpen)) return labels;
  const withOwn = (own: ReadonlyMap<string, string>): Labels => new Map(labels).set(name, new Map(own));
  const given = await labelByKeyboard(context, {
    ...rubricOf(rubric),
    items: rows,
    given: labels.get(name) ?? new Map(),
    save: (own) => writeLabels(file, withOwn(own)),
  });
  return withOwn(given);
}
