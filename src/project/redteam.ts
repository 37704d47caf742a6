import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { type Constitution, findPrinciple, loadConstitution, type Principle } from "../constitution/index.ts";
import { PreceptError } from "../errors.ts";
import { certificatesFolder, findSubject, findSubjects, type Subject } from "../evaluation/index.ts";
import { guardedModel, openGuard } from "../guard/index.ts";
import type { LanguageModel } from "../language-model.ts";
import { type Env, recordName } from "../models/index.ts";
import { countWeights } from "../models/local/index.ts";
import type { Progress } from "../progress/index.ts";
import {
  breachGrader,
  criticGrader,
  deliver,
  findStrategies,
  type Goal,
  type Grader,
  prose,
  type Range,
  type RedteamJob,
  type RedteamOptions,
  readGoals,
} from "../redteam/index.ts";
import { checkpointPlace, contentHash, toFileName } from "../storage/index.ts";
import { governanceOf, harborAttackLanguage, harborGoals, harborTemplates } from "../worlds/harbor/index.ts";
import { harborWorld } from "./harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "./meter-roles.ts";
import { readSystemText } from "./prompts/system-prompt.ts";

/** Whom a red team is against, and who judges, by name. */
export interface TargetRequest {
  readonly target: string;
  /** A file, or a bundled one's name. Default: the run's own, else constitution.yaml. */
  readonly constitution?: string | undefined;
  /** Default on harbor: its initial model, as critic. */
  readonly judge?: string | undefined;
  /** A file with what the target is told before every conversation. */
  readonly systemPrompt?: string | undefined;
  /** A policy file. */
  readonly guard?: string | undefined;
  readonly env: Env;
}

export interface RedteamRequest extends TargetRequest, RoleBudget {
  readonly strategies: readonly string[];
  readonly attacker?: string | undefined;
  readonly goals?: string | undefined;
  readonly principles?: readonly string[] | undefined;
  readonly out?: string | undefined;
  readonly certificates?: string | undefined;
  /** The person's word that a target outside harbor, of more than a billion weights or of unknown size, is theirs to attack. */
  readonly isOwnTarget?: boolean | undefined;
  readonly command: string;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

interface OpenedTarget {
  readonly target: Subject;
  readonly isHarbor: boolean;
  readonly constitution: Constitution;
  readonly judge: Subject;
  readonly grader: (model: LanguageModel, name: string) => Grader;
  readonly guard?: RedteamJob["guard"];
  readonly system?: string | undefined;
  close(): Promise<void>;
}

/** Names and files become models, a judge and a guard. @throws PreceptError usage, and as reading them does. */
export async function openTarget(request: TargetRequest): Promise<OpenedTarget> {
  const found = await findSubjects(request.target, [harborWorld]);
  const target = found.subjects.at(-1);
  if (target === undefined) throw new RangeError(`${request.target} stands for no model`);
  const isHarbor = found.world !== undefined;
  const constitution = await loadConstitution(request.constitution ?? ownConstitution(request.target, isHarbor));
  if (request.judge === undefined && !isHarbor) throw noJudge(request.target);
  const judge = await findNamed(request.judge ?? harborWorld.initial);
  const guard = request.guard === undefined ? undefined : await openGuard(request.guard, { env: request.env });
  return {
    target: { ...target, name: nameOf(request.target, target) },
    isHarbor,
    constitution,
    judge,
    grader: isHarbor ? (model, name) => criticGrader(model, harborTemplates, name) : breachGrader,
    system: await readSystemText(request.systemPrompt, process.cwd()),
    guard: guard && { hash: guard.policyHash, wrap: (model) => guardedModel(model, guard) },
    close: async () => guard?.close(),
  };
}

/** A job from what a person typed, and its folder. `close` it when it is done. */
export async function prepareRedteam(
  request: RedteamRequest,
  options: RedteamOptions,
): Promise<{ readonly job: RedteamJob; close(): Promise<void> }> {
  const opened = await openTarget(request);
  const { target, isHarbor, constitution, judge, grader, guard, system } = opened;
  if (request.strategies.includes("trained") && !isHarbor && request.isOwnTarget !== true)
    await refuseLarge(request.target);
  const attacker = request.attacker === undefined ? undefined : await findNamed(request.attacker);
  const goals = await goalsOf(request, constitution, isHarbor);
  const named = request.principles?.map((id) => findPrinciple(constitution, id, "Choosing what to attack"));
  const given = new Set(goals?.map(({ principleId }) => principleId));
  const principles = (named ?? constitution.principles).filter(({ id }) => goals === undefined || given.has(id));
  if (principles.length === 0) throw noGoals(constitution, named);
  const own = goals?.filter(({ principleId }) => principles.some(({ id }) => id === principleId));
  const key = contentHash({
    options: { ...options },
    target: target.hash,
    attacker: attacker?.hash ?? null,
    goals: own ?? null,
    strategies: [...request.strategies],
    judge: judge.hash,
    guard: guard?.hash ?? null,
    system: system ?? null,
    constitution: constitution.hash,
    principles: principles.map(({ id }) => id),
  }).slice(0, 8);
  const { command, progress, signal, env, maxCost, prices } = request;
  const folder = request.out ?? join("runs", `redteam-${toFileName(basename(request.target))}-${key}`);
  const models = { target: request.target, judge: request.judge ?? harborWorld.initial, attacker: request.attacker };
  const { meter, spending } = meterRoles({ folder, models, maxCost, prices, env, progress, signal });
  return {
    job: {
      folder,
      command,
      constitution,
      principles,
      goals: own,
      target: meter("target", target),
      system,
      guard,
      judge: meter("judge", judge),
      grader,
      certificates: request.certificates ?? certificatesFolder,
      attacker: attacker && meter("attacker", attacker),
      readSpent: () => spending.roles,
      language: isHarbor ? harborAttackLanguage() : prose,
      strategies: findStrategies(request.strategies),
      progress,
      signal,
    },
    close: async () => {
      if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
      await opened.close();
    },
  };
}

/** What earlier findings are sent through. `model` and `judge` are open. */
export function rangeOf(
  { constitution, target, grader, guard, judge, system }: OpenedTarget,
  model: LanguageModel,
  judgeModel: LanguageModel,
  options: Pick<RedteamOptions, "seed" | "maxTokens" | "temperature">,
  signal?: AbortSignal,
): Range {
  return {
    constitution,
    target: target.name,
    delivery: deliver(model, target.render, guard?.wrap),
    isGuarded: guard !== undefined,
    system,
    grader: grader(judgeModel, judge.name),
    ...options,
    signal,
  };
}

/** A run is measured by its own constitution, or by the one that says what it was to learn where a principle was deleted. */
export function ownConstitution(target: string, isHarbor: boolean): string {
  const run = [target, target.slice(0, Math.max(0, target.lastIndexOf("@")))].find(
    (folder) => folder !== "" && existsSync(join(folder, "manifest.json")),
  );
  const files = run === undefined ? [] : ["measured-by.yaml", "constitution.yaml"].map((name) => join(run, name));
  return files.find((file) => existsSync(file)) ?? (isHarbor ? "harbor" : "constitution.yaml");
}

async function goalsOf(
  { goals }: RedteamRequest,
  constitution: Constitution,
  isHarbor: boolean,
): Promise<Goal[] | undefined> {
  if (goals !== undefined) return readGoals(goals, constitution);
  return isHarbor ? harborGoals(governanceOf(constitution)) : undefined;
}

/** A model by what a person called it. */
export async function findNamed(text: string): Promise<Subject> {
  const subject = await findSubject(text, [harborWorld]);
  return { ...subject, name: nameOf(text, subject) };
}

/** "demo@rl-cai" for a run's checkpoint; other models by their own name. */
export function nameOf(text: string, { name }: Subject): string {
  // A run keeps no copy of what it began with, so "RUN@initial" is no folder.
  const place = text.endsWith(`@${name}`) ? text.slice(0, -name.length - 1) : checkpointPlace(text);
  if (existsSync(join(place, "manifest.json"))) return `${basename(place)}@${name}`;
  return name === text ? recordName(text) : name;
}

const largestFree = 1e9;

/** @throws PreceptError usage: trained attackers are for harbor and small models, unless a person answers for the target. */
async function refuseLarge(target: string): Promise<void> {
  const weights = await countWeights(target.replace(/^local:/, ""));
  if (weights !== undefined && weights <= largestFree) return;
  throw new PreceptError("usage", {
    attempted: `Attacking ${target} by a trained attacker`,
    found:
      weights === undefined ? "a model of unknown size" : `a model of ${(weights / 1e9).toFixed(1)} billion weights`,
    expected: "harbor, or a model of this machine up to a billion weights",
    remedy: "--i-own-this-target, where it is yours to attack; or another --strategy",
  });
}

function noJudge(target: string): PreceptError {
  return new PreceptError("usage", {
    attempted: `Attacking ${target}`,
    found: "no judge",
    expected: "a model that grades the answers; it is never chosen for you",
    remedy: "--judge provider:model",
  });
}

function noGoals({ name }: Constitution, named: readonly Principle[] | undefined): PreceptError {
  return new PreceptError("usage", {
    attempted: `Choosing what to attack of ${name}`,
    found: named === undefined ? "no principle with a goal" : `no goal for ${named.map(({ id }) => id).join(", ")}`,
    expected: "principles that goals were given for; on harbor those that bar help with a category",
    remedy: "other --principles, or other --goals",
  });
}
