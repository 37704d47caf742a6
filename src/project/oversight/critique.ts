import { basename, join } from "node:path";
import { loadConstitution } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { findSubjects, isInProcess, type Subject } from "../../evaluation/index.ts";
import { chatTemplates } from "../../feedback/index.ts";
import type { LanguageModel } from "../../language-model.ts";
import { type Env, parseModelSpec } from "../../models/index.ts";
import {
  type CriticContext,
  checksInTurns,
  critiqueDate,
  type FoundCritique,
  figuresOf,
  gainOf,
  type JudgedAnswer,
  keepCritique,
  type TamperedPair,
} from "../../oversight/index.ts";
import type { Progress } from "../../progress/index.ts";
import { contentHash, toFileName } from "../../storage/index.ts";
import { governanceOf, harborChecks, harborTemplates, isBroken, type Wording } from "../../worlds/harbor/index.ts";
import { harborWorld } from "../harbor/embedded.ts";
import { meterRoles, type RoleBudget } from "../meter-roles.ts";
import { findNamed, nameOf, ownConstitution } from "../redteam.ts";
import { answersOnHarbor, critiqueAnswers } from "./critique-answers.ts";
import { harborPairs, modelPairs, readAnswers } from "./critique-pairs.ts";
import { readItems, readingsFolder } from "./critique-readings.ts";

export interface CritiqueJob extends RoleBudget {
  /** Whose answers are criticised: RUN, RUN@CHECKPOINT, a checkpoint, provider:model. */
  readonly target: string;
  /** Default on harbor: its initial model, which criticises in the run; else the target. */
  readonly critic?: string | undefined;
  /** Who reads tampered answers a second time. Default: the target. */
  readonly verifier?: string | undefined;
  readonly constitution?: string | undefined;
  readonly answers?: string | undefined;
  readonly pairs?: string | undefined;
  readonly levels: number;
  /** Tampered answers of each principle, and answers that are criticised whole. */
  readonly count: number;
  readonly wording: Wording;
  /** Longest critique, check and answer of a model that is not harbor's. */
  readonly maxTokens: number;
  readonly seed: number;
  readonly out?: string | undefined;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal?: AbortSignal | undefined;
}

export interface Critiqued {
  readonly folder: string;
  /** Its file's name. */
  readonly key: string;
  readonly found: Omit<FoundCritique, "format">;
}

/**
 * Critiques, critiques of them up to a level, and revisions, of tampered answers and of a model's own. On harbor the truth is exact, and
 * only measures. What it found is kept in the run.
 */
export async function critiqueModel(job: CritiqueJob): Promise<Critiqued> {
  const opened = await findSubjects(job.target, [harborWorld]);
  const target = opened.subjects.at(-1);
  if (target === undefined) throw new RangeError(`${job.target} stands for no model`);
  const isHarbor = opened.world !== undefined;
  if (!isInProcess(job.target)) parseModelSpec(job.target);
  const constitution = await loadConstitution(job.constitution ?? ownConstitution(job.target, isHarbor));
  const folder = job.out ?? opened.run ?? join("runs", `critique-${toFileName(basename(job.target))}`);
  const named = { ...target, name: nameOf(job.target, target) };
  const critic = isHarbor || job.critic !== undefined ? await findNamed(job.critic ?? harborWorld.initial) : named;
  const verifier = job.verifier === undefined ? named : await findNamed(job.verifier);
  for (const one of isHarbor ? [] : [named, critic, verifier]) refuseWithoutTurns(one);
  const { meter, spending } = meterRoles({
    ...{ folder: readingsFolder(folder), models: { target: job.target, critic: job.critic, verifier: job.verifier } },
    ...{ maxCost: job.maxCost, prices: job.prices, env: job.env, progress: job.progress, signal: job.signal },
  });
  const models = new Map<string, Promise<LanguageModel>>();
  const open = (role: "target" | "critic" | "verifier", subject: Subject): Promise<LanguageModel> => {
    const known = models.get(subject.hash) ?? meter(role, subject).open();
    models.set(subject.hash, known);
    return known;
  };
  const templates = isHarbor
    ? harborTemplates
    : chatTemplates({ maxTokens: { critique: job.maxTokens, response: job.maxTokens } });
  const contextOf = async (role: "target" | "critic" | "verifier", subject: Subject): Promise<CriticContext> => ({
    model: await open(role, subject),
    modelName: subject.name,
    checks: isHarbor ? harborChecks : checksInTurns(templates, job.maxTokens),
    ...{ constitution, templates, seed: job.seed, stage: "critique", signal: job.signal },
  });
  try {
    const { levels, count, seed, wording, progress } = job;
    const context = await contextOf("critic", critic);
    const reading = {
      context,
      criticHash: critic.hash,
      levels,
      progress,
      folder: readingsFolder(folder),
      batch: isHarbor ? 256 : 4,
    };
    const given = job.answers === undefined ? undefined : await readAnswers(job.answers);
    const drawn =
      isHarbor && job.pairs === undefined
        ? harborPairs({ constitution, seed, perPrinciple: count, wording })
        : await modelPairs(
            {
              ...{ ...job, answers: given, folder: reading.folder },
              hashes: { writer: target.hash, verifier: verifier.hash },
            },
            await contextOf("target", named),
            await contextOf("verifier", verifier),
          );
    refuseNone(drawn.pairs, job.target);
    const judged = await judgePairs(drawn.pairs, reading);
    const answers =
      given?.slice(0, count) ??
      (isHarbor ? await answersOnHarbor(await open("target", named), governanceOf(constitution), job) : undefined);
    const key = contentHash({
      ...{ critic: critic.hash, target: target.hash, verifier: verifier.hash, constitution: constitution.hash },
      ...{ levels, count, wording, seed, maxTokens: job.maxTokens, own: given?.length ?? null },
      pairs: drawn.pairs.map(({ id, clean, tampered }) => ({ id, clean, tampered })),
    }).slice(0, 8);
    const found: Omit<FoundCritique, "format"> = {
      measured: critiqueDate(folder, key) ?? new Date().toISOString(),
      ...{ critic: critic.name, levels, seed },
      ...(drawn.source === "model" && { verifier: verifier.name }),
      tamper: {
        ...{ source: drawn.source, pairs: drawn.pairs.length, unverified: drawn.unverified },
        ...(isHarbor && wording !== "known" && { wording }),
        ...figuresByPrinciple(judged, levels),
      },
      ...(answers !== undefined && {
        answers: await critiqueAnswers({ ...reading, of: named.name, answers, truth: isHarbor ? isBroken : undefined }),
      }),
    };
    keepCritique(folder, key, found);
    return { folder, key, found };
  } finally {
    if (Object.values(spending.roles).some(({ calls, cached }) => calls + cached > 0)) spending.save();
    for (const model of models.values()) await (await model.catch(() => undefined))?.dispose?.();
  }
}

async function judgePairs(
  pairs: readonly TamperedPair[],
  reading: Omit<Parameters<typeof readItems>[1], "name">,
): Promise<JudgedAnswer[]> {
  const items = pairs.flatMap(({ id, messages, principle, clean, tampered }) => [
    { id: `${id}-clean`, messages, principle, response: clean, isFlawed: false },
    { id: `${id}-tampered`, messages, principle, response: tampered, isFlawed: true },
  ]);
  const readings = await readItems(items, { ...reading, name: "tampered" });
  return items.map(({ principle, isFlawed }, index) => ({
    principle: principle.id,
    isFlawed,
    findings: (readings[index] ?? []).map(({ finding }) => finding),
  }));
}

function figuresByPrinciple(judged: readonly JudgedAnswer[], levels: number) {
  const every = Array.from({ length: levels }, (_, index) => index + 1);
  const rows = [...Map.groupBy(judged, ({ principle }) => principle)].flatMap(([principle, own]) =>
    every.map((level) => ({ principle, ...figuresOf(own, level) })),
  );
  return {
    rows,
    all: every.map((level) => figuresOf(judged, level)),
    gains: every.slice(1).map((level) => gainOf(judged, level)),
  };
}

/** A critic states its finding as asked in a dialogue. @throws PreceptError usage */
function refuseWithoutTurns({ name, render }: Subject): void {
  if (render === undefined) return;
  throw new PreceptError("usage", {
    attempted: `Criticising by ${name}`,
    found: "a model without a chat format",
    expected: "a model that answers dialogues, or a checkpoint of harbor",
    remedy: "an instruction-tuned model",
  });
}

function refuseNone(pairs: readonly TamperedPair[], target: string): void {
  if (pairs.length > 0) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Testing the critic of ${target} by tampered answers`,
    found: "no pair in which a second reading finds the flaw",
    expected: "one pair or more",
    remedy: "another --verifier, more --answers, or --pairs of your own",
  });
}
