import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { parseModelSpec } from "../../models/index.ts";
import { messageSchema, readPromptFile } from "../../records/index.ts";
import { type Subject, takeTasks } from "../benchmark/index.ts";
import { type Aim, type ChoosingModel, comparisonJudge } from "../judges/index.ts";
import { findSubject, findSubjects, isInProcess } from "../subjects/find.ts";
import type { ArenaJudge, EmbeddedWorld } from "../subjects/world.ts";
import type { ArenaPrompt, ArenaResult } from "./arena.ts";
import { type ArenaJob, type ArenaRequests, arenaHash, runArena } from "./run.ts";

export interface HoldArenaOptions extends Pick<ArenaJob, "seed" | "command" | "progress" | "signal"> {
  /** RUN (all its checkpoints), RUN@CHECKPOINT, a checkpoint folder or a model. */
  readonly names: readonly string[];
  /** Compares the answers; a world has one of its own. */
  readonly judge?: string | undefined;
  /** Files of prompts on which helpfulness, and harmlessness, are compared; a world has its own. */
  readonly helpful?: string | undefined;
  readonly harmful?: string | undefined;
  /** Prompts of each kind. Default: all of a file, 60 of a world. */
  readonly items?: number | undefined;
  /** Where answers and games are kept; default runs/arena-HASH. */
  readonly folder?: string | undefined;
  readonly worlds?: readonly EmbeddedWorld[];
}

/** Prompts of each kind that a world is asked. */
const worldPrompts = 60;

/**
 * Finds the subjects, their requests and the judge, and runs the arena.
 * @throws PreceptError usage for too few subjects, no prompts or no judge; as `findSubjects` and `runArena`.
 */
export async function holdArena(
  options: HoldArenaOptions,
): Promise<{ readonly folder: string; readonly results: readonly ArenaResult[] }> {
  const { names, judge: judgeName, items, seed, command, progress, signal, worlds = [] } = options;
  const { subjects, world } = await findAll(names, worlds);
  const requests =
    world === undefined ? await readArenaRequests(options) : await requestsOf(world, items ?? worldPrompts, seed);
  const opened = world === undefined ? await openArenaJudge(judgeName, worlds) : await world.openArenaJudge(judgeName);
  const { judge, hash: judgeHash, open } = opened;
  const job = { subjects, requests, judge, judgeHash, openJudge: open, seed, command, progress, signal };
  const folder = options.folder ?? join("runs", `arena-${arenaHash(job).slice(0, 12)}`);
  try {
    return { folder, results: await runArena({ ...job, folder }) };
  } finally {
    await opened.dispose();
  }
}

/** Names stay short where they can. */
async function findAll(
  names: readonly string[],
  worlds: readonly EmbeddedWorld[],
): Promise<{ readonly subjects: readonly Subject[]; readonly world: EmbeddedWorld | undefined }> {
  const subjects: Subject[] = [];
  const spoken = new Set<EmbeddedWorld | undefined>();
  for (const text of names) {
    const at = text.lastIndexOf("@");
    const isNamed = at > 0 && existsSync(text.slice(0, at));
    const found = await findSubjects(isNamed ? text.slice(0, at) : text, worlds);
    const checkpoint = isNamed ? text.slice(at + 1) : undefined;
    const chosen = found.subjects.filter(({ name }) => checkpoint === undefined || name === checkpoint);
    if (chosen.length === 0) {
      throw new PreceptError("usage", {
        attempted: `Reading ${text}`,
        found: `no checkpoint ${checkpoint}`,
        expected: `one of ${found.subjects.map(({ name }) => name).join(", ")}`,
      });
    }
    spoken.add(found.world);
    // One run alone: its checkpoints' own names say it all.
    const isAlone = names.length === 1;
    const nameOf = (name: string): string => {
      if (found.run !== undefined) return isAlone ? name : `${found.run}@${name}`;
      // Folders are named by their last part, "checkpoint" as often as not.
      return subjects.some((other) => other.name === name) ? text : name;
    };
    subjects.push(...chosen.map((one) => ({ ...one, name: nameOf(one.name) })));
  }
  const refuse = (found: string, expected: string): PreceptError =>
    new PreceptError("usage", { attempted: "Opening the arena", found, expected });
  if (subjects.length < 2) {
    throw refuse(`${subjects.length} subject`, "two or more: runs, RUN@CHECKPOINT, checkpoint folders or models");
  }
  const twice = subjects.find(({ name }, at) => subjects.findIndex((other) => other.name === name) < at);
  if (twice !== undefined) throw refuse(`${twice.name} twice`, "each subject once");
  const [world] = spoken;
  if (spoken.size > 1) {
    throw refuse("models of an embedded world's language beside others", "subjects that can be asked the same things");
  }
  return { subjects, world };
}

/** Held-out requests of a world: those of its benchmarks "helpfulness" and "harmlessness". */
async function requestsOf(world: EmbeddedWorld, n: number, seed: number): Promise<ArenaRequests> {
  const benchmarks = world.benchmarks();
  const requests = new Map<Aim, ArenaPrompt[]>();
  for (const aim of ["helpfulness", "harmlessness"] as const) {
    const benchmark = benchmarks[aim];
    if (benchmark === undefined) continue;
    async function* heldOut() {
      for await (const task of benchmark?.load([]) ?? []) if (task.groups["split"] === "heldOut") yield task;
    }
    const { tasks } = await takeTasks(heldOut(), n, seed);
    const prompts = tasks.flatMap((task): ArenaPrompt[] => {
      const [question] = task.questions({ attack: "", canScore: false });
      return question === undefined || question.ask === "score" ? [] : [{ id: task.id, messages: question.messages }];
    });
    requests.set(aim, prompts);
  }
  return requests;
}

/** Requests of files, by what is compared on them. @throws PreceptError usage where no file is named; as `readPromptFile`. */
export async function readArenaRequests({
  helpful,
  harmful,
  items,
}: Pick<HoldArenaOptions, "helpful" | "harmful" | "items">): Promise<ArenaRequests> {
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

/**
 * A model that compares answers. @throws PreceptError usage without one; as `findSubject`.
 * @param meter counts what it is asked
 */
export async function openArenaJudge(
  judge: string | undefined,
  worlds: readonly EmbeddedWorld[] = [],
  meter: (subject: Subject) => Subject = (subject) => subject,
): Promise<ArenaJudge> {
  if (judge === undefined) {
    throw new PreceptError("usage", {
      attempted: "Opening the arena",
      found: "no judge",
      expected: "a model that compares answers",
      remedy: "--judge provider:model (or local:FOLDER)",
    });
  }
  const subject = meter(await findSubject(judge, worlds));
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
