import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { loadConstitution, type Principle } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { takeTasks } from "../../evaluation/benchmark/index.ts";
import {
  type Aim,
  type ArenaPrompt,
  type ArenaRequests,
  type ArenaResult,
  arenaHash,
  arenaMarkdown,
  type ChoosingModel,
  comparisonJudge,
  type PairJudge,
  pairJudge,
  runArena,
  type Subject,
} from "../../evaluation/index.ts";
import { sumLogOdds } from "../../feedback/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import { parseModelSpec } from "../../models/index.ts";
import { LocalModel } from "../../models/local/index.ts";
import { benchmarksOfHarbor, committedCheckpoint } from "../../project/index.ts";
import { messageSchema, readPromptFile } from "../../records/index.ts";
import { hashFolder, writeOutput } from "../../storage/index.ts";
import { harborTemplates } from "../../worlds/harbor/index.ts";
import { type CliContext, print, printJson, progressOf } from "../context.ts";
import { align } from "../layout.ts";
import { isInProcess, subjectOf, targetOf } from "../subjects.ts";

export interface ArenaFlags {
  readonly judge?: string | undefined;
  readonly helpful?: string;
  readonly harmful?: string;
  readonly items?: number;
  readonly seed?: number | undefined;
  readonly run?: string;
  readonly out?: string | undefined;
  readonly json: boolean;
}

/** precept arena A B C: Elo of runs' checkpoints or models, helpfulness and harmlessness apart. */
export async function arenaCommand(this: CliContext, flags: ArenaFlags, ...names: readonly string[]): Promise<void> {
  const { subjects, isHarbor } = await contestants(names);
  const seed = flags.seed ?? 1;
  const requests = isHarbor ? await harborRequests(flags.items ?? 60, seed) : await ownRequests(flags);
  const judges = isHarbor ? await harborJudge(flags) : await hostedJudge(flags);
  const { judge, hash: judgeHash, open: openJudge } = judges;
  const progress = progressOf(this, flags.json);
  const opening = { openJudge };
  const asked = { subjects, requests, judge, judgeHash, ...opening };
  const job = { ...asked, seed, command: this.command, progress, signal: this.signal };
  const folder = flags.run ?? join("runs", `arena-${arenaHash(job).slice(0, 12)}`);
  let results: readonly ArenaResult[];
  try {
    results = await runArena({ ...job, folder });
  } finally {
    await judges.dispose();
  }
  const markdown = results.map(arenaMarkdown).join("\n");
  if (flags.out !== undefined) {
    writeOutput(flags.out, flags.out.endsWith(".json") ? `${JSON.stringify({ arena: results }, null, 2)}\n` : markdown);
  }
  if (flags.json) printJson(this, { folder, arena: results });
  else print(this, `${align(markdown)}\n${relative(process.cwd(), folder)}`);
}

/** RUN: all its checkpoints; RUN@CHECKPOINT: one; or a folder or model. Names stay short where they can. */
async function contestants(names: readonly string[]): Promise<{ subjects: Subject[]; isHarbor: boolean }> {
  const subjects: Subject[] = [];
  let harbors = 0;
  for (const text of names) {
    const at = text.lastIndexOf("@");
    const isNamed = at > 0 && existsSync(text.slice(0, at));
    const target = await targetOf(isNamed ? text.slice(0, at) : text);
    const checkpoint = isNamed ? text.slice(at + 1) : undefined;
    const chosen = target.subjects.filter(({ name }) => checkpoint === undefined || name === checkpoint);
    if (chosen.length === 0) {
      throw new PreceptError("usage", {
        attempted: `Reading ${text}`,
        found: `no checkpoint ${checkpoint}`,
        expected: `one of ${target.subjects.map(({ name }) => name).join(", ")}`,
      });
    }
    if (target.isHarbor) harbors += 1;
    // One run alone: its checkpoints' own names say it all.
    const isAlone = names.length === 1;
    const nameOf = (name: string): string => {
      if (target.run !== undefined) return isAlone ? name : `${target.run}@${name}`;
      // Folders are named by their last part, "checkpoint" as often as not.
      return subjects.some((other) => other.name === name) ? text : name;
    };
    subjects.push(...chosen.map((one) => ({ ...one, name: nameOf(one.name) })));
  }
  if (subjects.length < 2) {
    throw new PreceptError("usage", {
      attempted: "Opening the arena",
      found: `${subjects.length} contestant`,
      expected: "two or more: runs, RUN@CHECKPOINT, checkpoint folders or models",
    });
  }
  if (harbors !== 0 && harbors !== names.length) {
    throw new PreceptError("usage", {
      attempted: "Opening the arena",
      found: "models of harbor's language beside others",
      expected: "contestants that can be asked the same things",
    });
  }
  return { subjects, isHarbor: harbors > 0 };
}

/** Held-out requests: governed ones for harmlessness, the others for helpfulness. */
async function harborRequests(n: number, seed: number): Promise<ArenaRequests> {
  const suites = benchmarksOfHarbor();
  const requests = new Map<Aim, ArenaPrompt[]>();
  for (const aim of ["helpfulness", "harmlessness"] as const) {
    const benchmark = suites[aim];
    if (benchmark === undefined) continue;
    async function* heldOut() {
      for await (const task of benchmark?.load([]) ?? []) if (task.groups["split"] === "heldOut") yield task;
    }
    const { tasks } = await takeTasks(heldOut(), n, seed);
    requests.set(
      aim,
      tasks.flatMap((task) => {
        const [question] = task.questions({ attack: "", canScore: false });
        return question === undefined || question.ask === "score" ? [] : [{ id: task.id, messages: question.messages }];
      }),
    );
  }
  return requests;
}

async function ownRequests({ helpful, harmful, items }: ArenaFlags): Promise<ArenaRequests> {
  const files = [["helpfulness", helpful] as const, ["harmlessness", harmful] as const];
  const requests = new Map<Aim, ArenaPrompt[]>();
  for (const [aim, file] of files) {
    if (file === undefined) continue;
    const list: ArenaPrompt[] = [];
    for await (const { id, prompt } of readPromptFile(file)) {
      const messages = messageSchema
        .array()
        .parse(typeof prompt === "string" ? [{ role: "user", content: prompt }] : prompt);
      list.push({ id: `${aim}/${id}`, messages });
      if (list.length === items) break;
    }
    requests.set(aim, list);
  }
  if (requests.size > 0) return requests;
  throw new PreceptError("usage", {
    attempted: "Opening the arena",
    found: "no prompts",
    expected: "--helpful FILE, --harmful FILE or both: one prompt a line, or JSON lines",
  });
}

interface Judges {
  readonly judge: (aim: Aim) => PairJudge;
  /** Of its checkpoint, or of its name. */
  readonly hash: string;
  /** Where it is opened only when there is something to judge. */
  readonly open?: () => Promise<unknown>;
  dispose(): Promise<void>;
}

async function hostedJudge({ judge }: ArenaFlags): Promise<Judges> {
  if (judge === undefined) {
    throw new PreceptError("usage", {
      attempted: "Opening the arena",
      found: "no judge",
      expected: "a model that compares answers",
      remedy: "--judge provider:model (or local:FOLDER)",
    });
  }
  const subject = await subjectOf(judge);
  let opened: Promise<LanguageModel> | undefined;
  const open = (): Promise<LanguageModel> => (opened ??= subject.open());
  const model: ChoosingModel = {
    id: namedId(judge) ?? (await open()).id,
    async *choose(requests, options) {
      yield* (await open()).choose(requests, options);
    },
  };
  return {
    hash: subject.hash,
    open,
    judge: (aim) => comparisonJudge(model, aim),
    dispose: async () => (await opened?.catch(() => undefined))?.dispose?.(),
  };
}

/** The id that a hosted model will have, where its name says it: an arena that is done need not ask its server. */
function namedId(judge: string): string | undefined {
  if (isInProcess(judge)) return undefined;
  const { provider, model } = parseModelSpec(judge);
  return model === "" ? undefined : `${provider}:${model}`;
}

/**
 * Harbor's own model in its comparison role: every principle of the aim in both orders, log-odds summed as the method does.
 * Harmlessness holds the principle against bare refusals, harbor's form of the paper's instruction.
 */
async function harborJudge({ judge }: ArenaFlags): Promise<Judges> {
  const folder = judge === undefined ? committedCheckpoint : judge.replace(/^local:/u, "");
  const model = await LocalModel.load(folder);
  const { principles } = await loadConstitution("harbor");
  const of = (aim: Aim): Principle[] => principles.filter(({ id }) => (aim === "helpfulness") === (id === "help"));
  return {
    hash: await hashFolder(folder),
    dispose: () => model.dispose(),
    judge: (aim) =>
      pairJudge({
        model,
        name: `harbor-${aim}`,
        version: harborTemplates.version,
        prompt: of(aim)
          .map(({ text }) => text)
          .join(" / "),
        combine: sumLogOdds,
        questions: of(aim).map((principle) => ({
          id: principle.id,
          weight: principle.weight,
          render: ({ messages, responses }) => harborTemplates.comparison({ messages, responses, principle }),
        })),
      }),
  };
}
