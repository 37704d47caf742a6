import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import {
  type AnswerRecord,
  type ArenaRequests,
  type ArenaResult,
  answerSchema,
  answersOf,
  certificatesFolder,
  compareSubjects,
  type FoundSubjects,
  findSubjects,
  itemsOfAnswers,
  openArenaJudge,
  prepareBenchmarks,
  type ReadyBenchmark,
  readArenaRequests,
  runArena,
  runBenchmarks,
  type Subject,
} from "../../evaluation/index.ts";
import type { Env } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { readPromptFile, readRecords } from "../../records/index.ts";
import type { Price, Spending } from "../../spending/index.ts";
import { type Estimate, nonInferiority } from "../../statistics/index.ts";
import { makeFolder } from "../../storage/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles } from "../meter-roles.ts";
import { type BiasRow, biasRows } from "./bias-rows.ts";
import { contentiousBenchmark, contentiousRequests } from "./contentious.ts";

export interface CompareModelsOptions {
  /** A run or RUN@CHECKPOINT (without one its last), a checkpoint's folder, or a model; or what was found of it. */
  readonly public: string | FoundSubjects;
  readonly standard: string | FoundSubjects;
  /** Every answer is kept here: the same call continues. */
  readonly folder: string;
  /** Where the files of BBQ and of the suites of capability are. */
  readonly data: readonly string[];
  /** Questions of each suite at most. */
  readonly items: number;
  readonly capability: readonly string[];
  /** By how much capability may change and still count as unchanged, stated before looking. */
  readonly margin: number;
  /** Compares answers in the arena, over prompts of one or both of the files; no arena without one. */
  readonly judge?: string | undefined;
  readonly helpful?: string | undefined;
  readonly harmful?: string | undefined;
  /** A file of contentious requests in place of `contentiousRequests`. */
  readonly requests?: string | undefined;
  readonly seed?: number | undefined;
  /** US dollars over everything that was ever asked for this folder. */
  readonly maxCost?: number | undefined;
  /** By model, in dollars per million tokens; they go before the listed ones. */
  readonly prices?: Readonly<Record<string, Price>> | undefined;
  readonly env: Env;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
  readonly warn: (text: string) => void;
}

/** A rate of one suite: whether the public's model lost or gained more than the margin. */
export interface CapabilityRow {
  readonly suite: string;
  readonly metric: string;
  readonly n: number;
  readonly public: number;
  readonly standard: number;
  readonly difference: Estimate;
  readonly verdict: "unchanged within the margin" | "worse" | "better" | "cannot tell";
}

/** What CCAI measured of its two models (Huang et al. 2024). */
export interface ModelsCompared {
  readonly folder: string;
  readonly public: string;
  readonly standard: string;
  readonly margin: number;
  readonly bias: readonly BiasRow[];
  readonly capability: readonly CapabilityRow[];
  /** Empty without a judge, or where it gave no verdict; then `arenaNote` says why. */
  readonly arena: readonly ArenaResult[];
  readonly arenaNote?: string | undefined;
  readonly answers: readonly { readonly request: string; readonly public: string; readonly standard: string }[];
  readonly spending: Pick<Spending, "calls" | "cost" | "roles">;
}

const sides = ["public", "standard"] as const;
type Side = (typeof sides)[number];
type Answers = Readonly<Record<Side, readonly AnswerRecord[]>>;

/**
 * The model of a public's constitution beside that of a standard one: bias by BBQ, capability within a margin, helpfulness and
 * harmlessness in the arena, answers to contentious requests side by side.
 * @throws PreceptError usage for a run on harbor, missing data, a judge without prompts or prompts without one, and a limit in dollars
 * that meets a model without a price; budget-reached; as `runBenchmarks` and `runArena`.
 */
export async function compareModels(options: CompareModelsOptions): Promise<ModelsCompared> {
  const { folder, capability, margin, seed = 1 } = options;
  const named = {
    public: await findOne(options.public, "public"),
    standard: await findOne(options.standard, "standard"),
  };
  const duels = await readDuels(options);
  const suites = await prepareBenchmarks(["bbq", ...capability], {
    ...{ data: options.data, items: options.items, seed, signal: options.signal },
    ...{ hasJudge: false, hasAttacker: false },
  });
  const ready = [...suites, await contentiousBenchmark(await readRequests(options.requests), seed)];
  makeFolder(folder);
  const models = { public: named.public.text, standard: named.standard.text, judge: options.judge };
  const { spending, meter } = meterRoles({ ...options, models });
  const meterSide = (side: Side): FoundSubjects => ({
    ...named[side],
    subjects: named[side].subjects.map((subject) => meter(side, subject)),
  });
  const found = { public: meterSide("public"), standard: meterSide("standard") };
  let arena: Pick<ModelsCompared, "arena" | "arenaNote">;
  try {
    for (const side of sides) {
      const { env, command, progress, signal, warn } = options;
      const into = { folder: join(folder, side), certificates: certificatesFolder, areMetered: true };
      await runBenchmarks({ ...{ found: found[side], ready, env, command, progress, signal, warn }, ...into });
    }
    arena = await holdArenaOf(options, found, duels, (judge) => meter("judge", judge));
  } finally {
    spending.save();
  }
  const read = async (id: string): Promise<Answers> => {
    const of = (side: Side) => Array.fromAsync(readRecords(answersOf(join(folder, side), side, id), answerSchema));
    return { public: await of("public"), standard: await of("standard") };
  };
  const bias = await read("bbq");
  const rows: CapabilityRow[] = [];
  for (const one of suites.filter(({ benchmark }) => benchmark.id !== "bbq"))
    rows.push(...capabilityRows(one, await read(one.benchmark.id), margin));
  const contentious = await read("contentious");
  return {
    ...{ folder, margin, public: found.public.text, standard: found.standard.text },
    bias: biasRows(bias.public, bias.standard, seed),
    capability: rows,
    ...arena,
    answers: sideBySide(contentious),
    spending: { calls: spending.calls, cost: spending.cost, roles: spending.roles },
  };
}

/** One subject, by the name of its side. @throws PreceptError usage for one that speaks harbor's language alone. */
async function findOne(given: string | FoundSubjects, side: Side): Promise<FoundSubjects> {
  const found = typeof given === "string" ? await findSubjects(given, [harborWorld]) : given;
  if (found.world !== undefined) {
    throw new PreceptError("usage", {
      attempted: `Comparing the ${side} model ${found.text}`,
      found: "a model of harbor, which reads no English",
      expected: "models that answer in words",
      remedy: "precept collective demo compares two models on harbor",
    });
  }
  return { ...found, subjects: found.subjects.slice(-1).map((subject) => ({ ...subject, name: side })) };
}

async function readRequests(file: string | undefined): Promise<readonly string[]> {
  if (file === undefined) return contentiousRequests;
  const requests: string[] = [];
  for await (const { prompt } of readPromptFile(file))
    requests.push(typeof prompt === "string" ? prompt : (prompt.at(-1)?.content ?? ""));
  return requests;
}

/** Prompts of the arena; none without a judge. Read before anything is asked, so that a fault in them costs nothing. */
async function readDuels({ judge, helpful, harmful }: CompareModelsOptions): Promise<ArenaRequests | undefined> {
  if (judge !== undefined) return readArenaRequests({ helpful, harmful });
  if (helpful === undefined && harmful === undefined) return undefined;
  throw new PreceptError("usage", {
    attempted: "Comparing helpfulness and harmlessness",
    found: `${helpful === undefined ? "--harmful" : "--helpful"} without a judge`,
    expected: "a model that compares the answers to these prompts",
    remedy: "--judge provider:model, local:FOLDER or llamacpp:FILE.gguf",
  });
}

async function holdArenaOf(
  { folder, judge, command, progress, signal, seed = 1 }: CompareModelsOptions,
  found: Readonly<Record<Side, FoundSubjects>>,
  requests: ArenaRequests | undefined,
  meter: (judge: Subject) => Subject,
): Promise<Pick<ModelsCompared, "arena" | "arenaNote">> {
  if (requests === undefined) return { arena: [], arenaNote: "no judge was named" };
  const opened = await openArenaJudge(judge, [], meter);
  const subjects = sides.flatMap((side) => found[side].subjects);
  try {
    const arena = await runArena({
      ...{ folder: join(folder, "arena"), subjects, requests, seed, command, progress, signal },
      ...{ judge: opened.judge, judgeHash: opened.hash, openJudge: opened.open },
    });
    return { arena };
  } catch (error) {
    // All else that was measured stays.
    if (!(error instanceof PreceptError) || error.code !== "not-enough-evidence") throw error;
    return { arena: [], arenaNote: error.details.found };
  } finally {
    await opened.dispose();
  }
}

function capabilityRows(
  { benchmark }: ReadyBenchmark,
  { public: own, standard }: Answers,
  margin: number,
): CapabilityRow[] {
  const { rows } = compareSubjects(
    { name: "standard", items: itemsOfAnswers(standard) },
    { name: "public", items: itemsOfAnswers(own) },
    { by: [] },
  );
  return rows.flatMap(({ metric, n, baseline, candidate, difference }): CapabilityRow[] => {
    const isOurs = benchmark.metrics[metric]?.better === "higher";
    if (!isOurs || difference === null || baseline === null || candidate === null) return [];
    const told = { suite: benchmark.id, metric, n, public: candidate, standard: baseline, difference };
    return [{ ...told, verdict: verdictWithin(difference, margin) }];
  });
}

/** Equivalence is non-inferiority in both directions. */
function verdictWithin(difference: Estimate, margin: number): CapabilityRow["verdict"] {
  const [down, up] = [nonInferiority(difference, margin, true), nonInferiority(difference, margin, false)];
  if (down === "inferior") return "worse";
  if (up === "inferior") return "better";
  return down === "non-inferior" && up === "non-inferior" ? "unchanged within the margin" : "cannot tell";
}

function sideBySide({ public: own, standard }: Answers): ModelsCompared["answers"] {
  const others = new Map(standard.map(({ itemId, response }) => [itemId, response]));
  return own.map(({ itemId, messages, response }) => ({
    request: messages.at(-1)?.content ?? "",
    public: response,
    standard: others.get(itemId) ?? "",
  }));
}
