import { existsSync, globSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Principle } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import {
  type AnswerRow,
  benchmarkStage,
  type Certificate,
  calibrateJudge,
  certificatesFolder,
  type Labels,
  labelsPath,
  readAnswerRows,
} from "../../evaluation/index.ts";
import { type LanguageModel, withModel } from "../../language-model.ts";
import type { Env } from "../../models/index.ts";
import { findNearest } from "../../nearest.ts";
import type { Progress } from "../../progress/index.ts";
import { hash32 } from "../../rng.ts";
import type { LoadedConfig } from "../config/config.ts";
import { constitutionOf } from "../constitution.ts";
import { readSystemPrompt } from "../prompts/system-prompt.ts";
import { judgeModel, openSpending, openSubjects } from "./check-models.ts";

export interface CalibratePrinciplesOptions {
  readonly loaded: LoadedConfig;
  /** Ids; "all" for every principle that answers are labelled for. */
  readonly principles: readonly string[];
  /** Default: the project's judge; "strings" for the rule that takes every refusal for kept. */
  readonly judge?: string | undefined;
  /** A file of answers, or the folder of a check. */
  readonly answers: string;
  /** Default: beside the answers, a file for each principle. */
  readonly labels?: string | undefined;
  readonly items?: number | undefined;
  readonly seed: number;
  /** Where certificates are kept; default certificates beside the configuration. */
  readonly folder?: string | undefined;
  readonly env: Env;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** The labels of one principle, from their file or from a person. */
  readonly labelsFor: (principle: Principle, rows: readonly AnswerRow[], file: string) => Promise<Labels>;
}

export interface CalibratedPrinciple {
  readonly principleId: string;
  readonly path: string;
  readonly certificate: Certificate;
}

/**
 * Holds the judge of a check against people's labels, principle by principle, and keeps a certificate for each.
 * @throws PreceptError unknown-principle; not-enough-evidence without labels; what the judge throws.
 */
export async function calibratePrinciples(options: CalibratePrinciplesOptions): Promise<CalibratedPrinciple[]> {
  const { loaded, judge, answers, labels, items, seed, env, progress, signal, labelsFor } = options;
  const chosen = await choosePrinciples(options);
  const files = answerFiles(answers);
  const isCheck = files[0] !== answers;
  const isRule = judge === "strings";
  const system = await readSystemPrompt(loaded);
  const spending = openSpending(join(loaded.folder, "runs", "calibrate"));
  const warn = (text: string): void => progress.message(`warning      ${text}`);
  const model = judgeModel(loaded, isRule ? undefined : judge);
  const [subject] = isRule ? [] : await openSubjects(model, { loaded, env, signal, spending, warn });
  const calibrated: CalibratedPrinciple[] = [];
  const certifyAll = async (open: (() => Promise<LanguageModel>) | undefined): Promise<void> => {
    for (const principle of chosen.principles) {
      const all = await readAnswerRows(files, principle, isCheck ? undefined : items, system);
      const rows = isCheck ? drawRows(all, items, seed) : all;
      const file = labels ?? labelsPath(answers, principle);
      const given = await labelsFor(principle, rows, file);
      const isLabelled = given.size > 0 || rows.some(({ final, labels: own }) => final !== undefined || own.length > 0);
      if (!isLabelled && chosen.isAll) continue;
      const { path, certificate } = await calibrateJudge({
        judge: isRule ? judge : model.model.name,
        open,
        rubric: principle,
        rows,
        labels: given,
        seed,
        signal,
        progress,
        folder: options.folder ?? join(loaded.folder, certificatesFolder),
        answersPath: basename(answers),
        labelsPath: given.size === 0 ? undefined : file,
      });
      calibrated.push({ principleId: principle.id, path, certificate });
    }
  };
  if (subject === undefined) await certifyAll(undefined);
  else await withModel(subject.open, (open) => certifyAll(async () => keepOpen(await open())));
  if (calibrated.length > 0) return calibrated;
  throw new PreceptError("not-enough-evidence", {
    attempted: `Calibrating the judge on ${answers}`,
    found: "no labels for any principle",
    expected: "labels of people",
    remedy: "name one: --principle ID, in a terminal; or --labels FILE (JSON lines with id, principle, label)",
  });
}

async function choosePrinciples({ loaded, principles: names }: CalibratePrinciplesOptions) {
  const { name, principles } = await constitutionOf(loaded);
  if (names.includes("all")) return { principles, isAll: true };
  const chosen = names.map((id) => {
    const found = principles.find((principle) => principle.id === id);
    if (found !== undefined) return found;
    const known = principles.map((principle) => principle.id);
    const [near] = findNearest(id, known, 1);
    throw new PreceptError("unknown-principle", {
      attempted: "Calibrating the judge of a principle",
      found: `${id}, no principle of ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
      expected: `all, or some of ${known.join(", ")}`,
    });
  });
  return { principles: chosen, isAll: false };
}

/** So many answers of a check, drawn by the seed: they lie there by kind of prompt. */
function drawRows(rows: readonly AnswerRow[], n: number | undefined, seed: number): AnswerRow[] {
  const keyed = rows.map((row) => ({ row, key: hash32(`${seed} ${row.id}`) }));
  return keyed
    .sort((a, b) => a.key - b.key)
    .slice(0, n)
    .map(({ row }) => row);
}

/** A file itself; of the folder of a check, or of a run that checked, its bots' answers. */
function answerFiles(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  const found = globSync(`**/{${benchmarkStage.name},check-before,check-after}/records.jsonl`, { cwd: path }).sort();
  if (found.length > 0) return found.map((file) => join(path, file));
  throw new PreceptError("usage", {
    attempted: `Reading answers from ${path}`,
    found: "a folder without answers",
    expected: "the folder of a check that has ended, or a file of answers",
    remedy: "precept check",
  });
}

/** The same model, which stays open for the next principle. */
function keepOpen(model: LanguageModel): LanguageModel {
  return {
    id: model.id,
    capabilities: model.capabilities,
    generate: (requests, options) => model.generate(requests, options),
    choose: (requests, options) => model.choose(requests, options),
    score: (requests, options) => model.score(requests, options),
  };
}
