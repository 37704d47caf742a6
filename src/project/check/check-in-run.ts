import { join } from "node:path";
import {
  benchmarkInRun,
  benchmarkStage,
  defaultBenchmarkOptions,
  isInProcess,
  paperRender,
  type Subject,
  takeTasks,
} from "../../evaluation/index.ts";
import type { PromptItem } from "../../records/index.ts";
import { renameStage } from "../../runs/index.ts";
import { canTrain, type ModelRole } from "../../stages/index.ts";
import { contentHash, hashModel } from "../../storage/index.ts";
import { judgeOf } from "../models.ts";
import type { Project } from "../project.ts";
import { collectPrompts } from "../prompts/prompt-set.ts";
import { concludeCheck, type JudgedSubject } from "./conclude.ts";
import { batches, sizesOf, suiteOf } from "./prepare.ts";
import { readRevised, recordedAnswers } from "./recorded-answers.ts";
import { ownCheckPrompts, type RunCheck, runCheckOf } from "./run-check.ts";

/** Which side of the training a check of a run is on. */
export type CheckSide = "before" | "after";

/** Stages whose work a side reads, by what the run checks. */
const earlier: Readonly<Record<RunCheck, Readonly<Record<CheckSide, readonly string[]>>>> = {
  trained: { before: [], after: ["sl-cai", "dpo", "rl-cai"] },
  named: { before: [], after: [] },
  revised: { before: ["sl-cai"], after: ["sl-cai"] },
};

const aboutRevised =
  "the bot's own answers to the prompts of this run that it was criticised on, and what became of the same answers in revision; nothing was trained";

/**
 * Checks the project's constitution as a stage of its run: the bot before training, and after it what was trained, by the same
 * judge on the same prompts; of a bot that nothing trains, its answers before and after their revision. What came out so far
 * stands in the run's check.json. @throws PreceptError what the models, the prompts or the disk throw; the stage stays resumable.
 */
export async function checkInRun(project: Project, side: CheckSide, trained: string | undefined): Promise<void> {
  const { loaded, run, context, setting } = project;
  const { constitution, progress, signal } = context;
  const kind = runCheckOf(loaded, canTrain(context));
  const judge = judgeOf(loaded);
  if (kind === undefined || judge === undefined) throw new RangeError("a run that does not check");
  const asked = await materialOf(project, kind, trained);
  const reader = subjectOf(await setting.role("judge"));
  const options = optionsOf(project, kind);
  const benchmark = suiteOf(loaded, constitution, asked.items);
  const { tasks, available } = await takeTasks(benchmark.load([]), options.n, options.seed);
  const measured: JudgedSubject[] = [];
  // The side before is done by then; it is read, not asked again.
  for (const one of side === "before" ? (["before"] as const) : (["before", "after"] as const)) {
    const subject = await asked.subject(one);
    const stage = renameStage(benchmarkStage, `check-${one}`, earlier[kind][one]);
    const versions = [
      { path: "constitution.yaml", sha256: constitution.hash },
      { path: "prompts.jsonl", sha256: asked.hash },
    ];
    const who = { subject, judge: reader, constitutionHash: constitution.hash };
    const job = { benchmark, tasks, available, versions, ...who, progress, signal };
    const summary = await benchmarkInRun(run, stage, job, options);
    const records = join(run.stageFolder(stage.name), "records.jsonl");
    measured.push({ name: subject.name, folder: run.folder, records, summary });
  }
  const chosen = new Set(tasks.map(({ id }) => id));
  const prompts = sizesOf(asked.items.filter(({ id }) => chosen.has(id)));
  await concludeCheck({
    folder: run.folder,
    ready: {
      loaded,
      constitution,
      prompts: { ...prompts, bad: 0, duplicates: 0, faults: [] },
      judge: { role: "judge", model: judge },
      options,
    },
    measured,
    command: run.manifest.command,
    warnings: warningsOf(project, kind, reader.name),
    about: kind === "revised" ? aboutRevised : undefined,
    warn: (text) => progress.message(`warning      ${text}`),
  });
}

/** What is asked of whom. */
interface Material {
  readonly items: readonly PromptItem[];
  readonly hash: string;
  subject(side: CheckSide): Promise<Subject>;
}

async function materialOf(project: Project, kind: RunCheck, trained: string | undefined): Promise<Material> {
  const { loaded, run, setting, context } = project;
  if (kind === "revised") {
    const answers = await readRevised(run);
    const hash = contentHash(answers);
    return {
      items: answers.map(({ item }) => item),
      hash,
      subject: async (side) => {
        const name = side === "before" ? "first answers" : "revised answers";
        const texts = answers.map(({ item, first, last }) => ({
          prompt: item.messages,
          text: side === "before" ? first : last,
        }));
        return { name, hash: contentHash([hash, side]), open: async () => recordedAnswers(name, texts) };
      },
    };
  }
  const render = loaded.config.format === "paper" ? paperRender : undefined;
  const source = await promptsOf(project);
  return {
    items: await Array.fromAsync(source.items()),
    hash: source.hash,
    subject: async (side) => {
      if (side === "before") return { ...subjectOf(await setting.role("initial")), render };
      if (kind === "named") return { ...subjectOf(await setting.role("slCai")), render };
      if (trained === undefined || !canTrain(context)) throw new RangeError("nothing was trained");
      const checkpoint = join(run.stageFolder(trained), "checkpoint");
      const { loadAs } = setting;
      const open = () => (loadAs === undefined ? context.load(checkpoint) : loadAs("evaluate", checkpoint));
      return { name: trained, hash: await hashModel(checkpoint), open, render };
    },
  };
}

/** Prompts that nothing is trained on where the configuration names such, else the project's own. */
async function promptsOf({ loaded, run, setting }: Project) {
  const prompts = ownCheckPrompts(loaded);
  if (prompts === undefined) return setting.prompts.of["sl-cai"];
  const own = { ...loaded, config: { ...loaded.config, prompts } };
  return (await collectPrompts(own, join(run.folder, "prompts", "check"))).of["sl-cai"];
}

function subjectOf({ name, key, open }: ModelRole): Subject {
  return { name, hash: key, open };
}

function optionsOf({ loaded, context: { seed } }: Project, kind: RunCheck) {
  const { items: n, samples = 1 } = loaded.config.check ?? {};
  const isHosted = Object.values(loaded.models).every(({ name }) => !isInProcess(name));
  const batch = isHosted ? batches.hosted : batches.inProcess;
  // Answers that are there already are one a prompt.
  return { ...defaultBenchmarkOptions, seed, n, samples: kind === "revised" ? 1 : samples, batch };
}

function warningsOf({ loaded }: Project, kind: RunCheck, judge: string): string[] {
  const initial = loaded.models.initial?.name;
  const isOwn = judgeOf(loaded)?.name === initial;
  return [
    ...(isOwn
      ? [
          `the judge ${judge} is the model that it judges: models favour their own answers; name another as models.judge`,
        ]
      : []),
    ...(kind === "revised" || ownCheckPrompts(loaded) !== undefined
      ? []
      : [
          "these prompts are the ones that the run was trained on: what the trained model does with others is not measured (check.prompts)",
        ]),
  ];
}
