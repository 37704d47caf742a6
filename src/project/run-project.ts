import { join } from "node:path";
import { principlesFor } from "../constitution/index.ts";
import { type Quality, QualityMonitor } from "../evaluation/quality/index.ts";
import { feedbackRecordSchema } from "../feedback/index.ts";
import { readRecords } from "../records/index.ts";
import type { Run } from "../runs/index.ts";
import type { Spent } from "../spending/index.ts";
import { type AiFeedbackSummary, aiFeedbackData, type SlCaiDataSummary, slCaiData } from "../stages/index.ts";
import { type ExportedRun, exportRun } from "./export.ts";
import { judgeHarm } from "./harm.ts";
import { qualityName } from "./quality-file.ts";
import type { Project } from "./session.ts";

export interface ProjectSummary {
  readonly slCai: SlCaiDataSummary;
  readonly aiFeedback: AiFeedbackSummary;
  readonly quality: Quality;
  readonly exported: ExportedRun;
  /** What was spent over all processes of the run, by role. */
  readonly spent: Readonly<Record<string, Spent>>;
  readonly prompts: {
    readonly redTeam: number;
    readonly helpful: number;
    readonly bad: number;
    readonly duplicates: number;
  };
}

/** Records before the first look at the monitors while data is made; each further look waits for half as many again. */
const firstLook = 512;
const nextLook = 1.5;

/**
 * SL-CAI data, AI feedback, monitors, data sets: every part is skipped when it was done with the same inputs.
 * @throws PreceptError budget-reached, interrupted: the same call continues; what the models throw.
 */
export async function runProject(project: Project, env: NodeJS.ProcessEnv): Promise<ProjectSummary> {
  const { context, method, prompts, run, spending, loaded } = project;
  const monitor = liveMonitor(project);
  const watched = { ...context, onRecords: monitor };
  const initial = await project.role("initial");
  const feedback = await project.role("feedback");
  const answering = await project.role("slCai");
  const slCai = await slCaiData(watched, { prompts: prompts.source, initial }, method.options);
  if (loaded.models.slCai === undefined) {
    context.progress.message(
      "ai-feedback  compares answers of the initial model, until models.slCai names the one fine-tuned on this run's pairs",
    );
  }
  const roles = { prompts: prompts.source, slCai: answering, feedback };
  const aiFeedback = await aiFeedbackData(watched, roles, method.options);
  const seen = await qualityOf(project);
  const quality = { ...seen, warnings: [...seen.warnings, ...cutPromptWarnings(project)] };
  run.writeJson(qualityName, quality);
  spending.save();
  const exported = await exportRun({ folder: run.folder, target: "trl", env });
  return {
    slCai: slCai.summary,
    aiFeedback: aiFeedback.summary,
    quality,
    exported,
    spent: spending.roles,
    prompts: {
      redTeam: prompts.source.sizes["red-team"],
      helpful: prompts.source.sizes.helpful,
      bad: prompts.bad,
      duplicates: prompts.duplicates,
    },
  };
}

/** Answers to prompts that an endpoint cut are no answers to what was asked. */
function cutPromptWarnings({ spending }: Project): Quality["warnings"] {
  return Object.entries(spending.roles).flatMap(([role, { cutPrompts }]) => {
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

function expectedPrinciples({ context: { constitution } }: Project) {
  return {
    critique: principlesFor(constitution, "critique").map(({ id }) => id),
    comparison: principlesFor(constitution, "comparison").map(({ id }) => id),
  };
}

/** Says each kind of warning once, as soon as the data shows it. */
function liveMonitor(project: Project) {
  const monitor = new QualityMonitor(expectedPrinciples(project));
  const said = new Set<string>();
  let [seen, next] = [0, firstLook];
  return (records: Parameters<NonNullable<Project["context"]["onRecords"]>>[0]): void => {
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
}

/** The monitors over the finished records, in their order, so the same after any interruption. */
async function qualityOf(project: Project): Promise<Quality> {
  const monitor = new QualityMonitor(expectedPrinciples(project));
  for (const path of recordFiles(project.run)) {
    for await (const record of readRecords(path, feedbackRecordSchema)) monitor.add(record);
  }
  const quality = monitor.quality();
  const harm = await judgeHarm(project);
  if (harm === undefined) return quality;
  return { ...quality, harm: harm.harm, warnings: [...quality.warnings, ...harm.warnings] };
}

function recordFiles(run: Run): string[] {
  return (["sl-cai", "ai-feedback"] as const).map((stage) => join(run.stageFolder(stage), "records.jsonl"));
}
