import { existsSync } from "node:fs";
import { join } from "node:path";
import { principlesFor } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import type { Summary } from "../evaluation/index.ts";
import { chainWarnings, type Quality, QualityMonitor } from "../evaluation/quality/index.ts";
import { ChainTally, feedbackRecordSchema, isOfChain } from "../feedback/index.ts";
import type { Env } from "../models/index.ts";
import type { Progress } from "../progress/index.ts";
import { readRecords } from "../records/index.ts";
import { readSummary as readRunSummary } from "../report/index.ts";
import { type Run, readSummary } from "../runs/index.ts";
import type { Spent } from "../spending/index.ts";
import {
  type AiFeedbackSummary,
  aiFeedbackSummarySchema,
  canTrain,
  type SlCaiSummary,
  slCaiSummarySchema,
} from "../stages/index.ts";
import { type ExportedRun, exportRun } from "./export.ts";
import { judgeHarm } from "./harm.ts";
import type { Project } from "./project.ts";
import { qualityName } from "./quality-file.ts";
import { runStep, stepsOf } from "./steps.ts";

export interface ProjectSummary {
  /** Absent where the method begins with AI feedback. */
  readonly slCai?: SlCaiSummary | undefined;
  readonly aiFeedback: AiFeedbackSummary;
  readonly prompts: {
    readonly redTeam: number;
    readonly helpful: number;
    readonly bad: number;
    readonly duplicates: number;
  };
  /** What was spent over all processes of the run, by role. */
  readonly spent: Readonly<Record<string, Spent>>;
  /** Of a project that trains elsewhere: what the monitors saw, and the data sets for its trainer. */
  readonly data?: { readonly quality: Quality; readonly exported: ExportedRun } | undefined;
  /** Of a project that trains and is measured here. */
  readonly summary?: Summary | undefined;
}

/** Records before the first look at the monitors while data is made; each further look waits for half as many again. */
const firstLook = 512;
const nextLook = 1.5;

/**
 * Every step of the method that the project can take, each skipped when it was done with the same inputs: critique and
 * revision, AI feedback; then training, measurement and the page where it can train, else monitors and data sets.
 * @throws PreceptError monitor-tripped where the data would teach nothing; budget-reached, interrupted: the same call continues; what the models throw.
 */
export async function takeSteps(project: Project, env: Env): Promise<ProjectSummary> {
  const { context, run, setting, loaded } = project;
  const isTrained = canTrain(context);
  // A world's own model is known; what others write is looked at as it comes.
  const isWatched = loaded.config.world === undefined;
  const watched = isWatched ? { ...context, ...watchRecords(project) } : context;
  const steps = stepsOf(project);
  const stages = steps.filter((name) => name !== "report").length;
  if (isWatched && !isTrained) context.progress.message(`${"".padEnd(16)} ${explainUntrained(loaded)}`);
  let data: ProjectSummary["data"];
  for (const [index, name] of steps.entries()) {
    if (name === "report" && isWatched) data = await handOver(project, env);
    const progress = numberedProgress(context.progress, index + 1, stages);
    await runStep({ ...project, context: { ...watched, progress } }, name);
    if (name === "sl-cai" && isWatched) refuseUseless(project, await monitorOf(project), name);
  }
  if (isWatched) data ??= await handOver(project, env);
  const summaryOf = (stage: string): string => join(run.stageFolder(stage), "summary.json");
  const { prompts } = setting;
  const { "red-team": redTeam, helpful } = prompts.of["sl-cai"].sizes;
  return {
    slCai: steps.includes("sl-cai") ? await readSummary(summaryOf("sl-cai"), slCaiSummarySchema) : undefined,
    aiFeedback: await readSummary(summaryOf("ai-feedback"), aiFeedbackSummarySchema),
    prompts: { redTeam, helpful, bad: prompts.bad, duplicates: prompts.duplicates },
    spent: setting.spending?.roles ?? {},
    data,
    summary: readRunSummary(run.folder),
  };
}

/** Why a run of one's own models ends with its data. */
function explainUntrained({ models, config }: Project["loaded"]): string {
  const { initial, slCai } = models;
  if (slCai !== undefined) return `the run ends with its data: models.slCai, ${slCai.name}, was trained elsewhere`;
  const compared =
    "the two answers that are compared come from models.initial, until models.slCai names the model that was";
  if (config.training?.engine === "none") return `nothing is trained, as training.engine says: ${compared} fine-tuned`;
  return `nothing is trained here, since ${initial?.name ?? "the model"} is no local: folder: ${compared} fine-tuned elsewhere`;
}

/** The same progress, which says before each stage which of how many it is. */
function numberedProgress(progress: Progress, number: number, of: number): Progress {
  return {
    ...progress,
    start: (stage, label, total, unit) => progress.start(`${number}/${of} ${stage}`, label, total, unit),
  };
}

/** Looks at the data once more as a whole, and writes it for a trainer elsewhere. */
async function handOver(project: Project, env: Env): Promise<NonNullable<ProjectSummary["data"]>> {
  const { run, setting } = project;
  const seen = await qualityOf(project);
  const quality = { ...seen, warnings: [...seen.warnings, ...cutPromptWarnings(project)] };
  run.writeJson(qualityName, quality);
  setting.spending?.save();
  return { quality, exported: await exportRun({ folder: run.folder, target: "trl", env }) };
}

/** Answers to prompts that an endpoint cut are no answers to what was asked. */
function cutPromptWarnings({ setting }: Project): Quality["warnings"] {
  return Object.entries(setting.spending?.roles ?? {}).flatMap(([role, { cutPrompts }]) => {
    if (cutPrompts === undefined) return [];
    const { n, ids, oddity } = cutPrompts;
    return [
      {
        code: "prompts-cut",
        text: `the endpoint of ${role} seems to have cut ${n === 1 ? "a prompt" : `${n} prompts`} that did not fit its context`,
        examples: ids.slice(0, 1).map((id) => ({ id, text: `it reports ${oddity}` })),
      },
    ];
  });
}

function monitorOptions({ context: { constitution }, loaded, method }: Project) {
  return {
    // Critiques come before their revisions: of many batches at once, none may be revised yet.
    revisesUnclear: method.options.slCai.selection === "random",
    findings: loaded.config.format !== "paper",
    critique: principlesFor(constitution, "critique").map(({ id }) => id),
    comparison: principlesFor(constitution, "comparison").map(({ id }) => id),
  };
}

/**
 * Says each kind of warning once, as soon as the data shows it, and stops a stage whose data would teach nothing before more
 * is spent on it.
 */
export function watchRecords(project: Project): Required<Pick<Project["context"], "onRecords" | "refuseUseless">> {
  const monitor = new QualityMonitor(monitorOptions(project));
  const said = new Set<string>();
  let [seen, next] = [0, firstLook];
  const onRecords = (records: Parameters<NonNullable<Project["context"]["onRecords"]>>[0]): void => {
    for (const record of records) monitor.add(record);
    seen += records.length;
    if (seen < next) return;
    next = seen * nextLook;
    for (const { code, text } of monitor.quality().warnings) {
      if (said.has(code)) continue;
      said.add(code);
      project.context.progress.message(`warning      ${text}`);
    }
  };
  return { onRecords, refuseUseless: () => refuseUseless(project, monitor, "the stage at hand") };
}

/** @throws PreceptError monitor-tripped, unless the configuration says to go on. */
function refuseUseless({ loaded, run }: Project, monitor: QualityMonitor, stage: string): void {
  const useless = loaded.config.whenUseless === "continue" ? undefined : monitor.useless();
  if (useless === undefined) return;
  const { found, example, expected, remedy } = useless;
  throw new PreceptError("monitor-tripped", {
    attempted: `Making data in ${stage} of ${run.folder}`,
    found: example === undefined ? found : `${found}\ne.g. ${example.id}: ${example.text}`,
    expected,
    remedy: `${remedy}\nwhenUseless: continue in the configuration, which goes on all the same; what was answered is kept`,
  });
}

/** The monitors over the finished records, in their order, so the same after any interruption. */
async function qualityOf(project: Project): Promise<Quality> {
  const quality = (await monitorOf(project)).quality();
  const { examples, byRevisions: _, ...chains } = await readChains(project.run);
  const warnings = [...quality.warnings, ...chainWarnings({ ...chains, examples }, project.method.options.slCai)];
  const harm = await judgeHarm(project);
  if (harm === undefined) return { ...quality, chains, warnings };
  return { ...quality, chains, harm: harm.harm, warnings: [...warnings, ...harm.warnings] };
}

async function readChains(run: Run): Promise<ReturnType<ChainTally["result"]>> {
  const tally = new ChainTally();
  const path = join(run.stageFolder("sl-cai"), "records.jsonl");
  if (existsSync(path)) {
    for await (const record of readRecords(path, feedbackRecordSchema)) if (isOfChain(record)) tally.add(record);
  }
  return tally.result();
}

async function monitorOf(project: Project): Promise<QualityMonitor> {
  const monitor = new QualityMonitor(monitorOptions(project));
  for (const path of recordFiles(project.run).filter(existsSync)) {
    for await (const record of readRecords(path, feedbackRecordSchema)) monitor.add(record);
  }
  return monitor;
}

function recordFiles(run: Run): string[] {
  return (["sl-cai", "ai-feedback"] as const).map((stage) => join(run.stageFolder(stage), "records.jsonl"));
}
