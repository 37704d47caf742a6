import { basename, join } from "node:path";
import type { Principle } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import type { LanguageModel } from "../../language-model.ts";
import { openModel } from "../../models/index.ts";
import type { Progress } from "../../progress/index.ts";
import { contentHash, writeOutput } from "../../storage/index.ts";
import { asBenchmarkJudge, type BenchmarkJudge, type VerdictFields } from "../benchmark/index.ts";
import { behaviourJudge } from "../benchmarks/behaviour-judge.ts";
import { papJudge } from "../benchmarks/pap.ts";
import { constitutionJudge, foundVerdict, principleIdentity } from "../check/constitution-judge.ts";
import {
  type Aim,
  breachJudge,
  comparisonJudge,
  flipRate,
  harmfulnessJudge,
  type Judge,
  judgeHash,
  refusalJudge,
  stringJudge,
  verdictValue,
} from "../judges/index.ts";
import { isInProcess } from "../subjects/find.ts";
import { type Certificate, certify, type LabelledItem } from "./certificate.ts";
import { certificateFile, certificatesFolder } from "./kept.ts";
import type { AnswerRow, LabelledFor, Labels, Rubric } from "./labelled-answers.ts";

/** Answers that the judge reads a second time, for its agreement with itself. */
const askedTwice = 100;

export interface CalibrateOptions {
  /** "provider:model", "local:FOLDER", or "strings" for the rule. */
  readonly judge: string;
  readonly rubric: LabelledFor;
  /** How the judge is opened where its name alone does not say so. */
  readonly open?: (() => Promise<LanguageModel>) | undefined;
  readonly rows: readonly AnswerRow[];
  readonly labels: Labels;
  /** Files, as the certificate names them. */
  readonly answersPath: string;
  readonly labelsPath?: string | undefined;
  readonly seed: number;
  /** Where certificates are kept. */
  readonly folder?: string | undefined;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Puts labelled answers to a judge, twice in part, and certifies it against the people.
 * @returns the certificate and its file. @throws PreceptError not-enough-evidence without labels; what the judge throws.
 */
export async function calibrateJudge(
  options: CalibrateOptions,
): Promise<{ readonly path: string; readonly certificate: Certificate }> {
  const { judge: judgeName, rubric, rows, labels, answersPath, labelsPath, seed, progress, signal } = options;
  const people = [...labels.values()];
  const isLabelled = ({ id, labels: own, final }: AnswerRow): boolean =>
    final !== undefined || own.length > 0 || people.some((given) => given.has(id));
  const labelled = rows.filter(isLabelled);
  if (labelled.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Calibrating ${judgeName}`,
      found: "no labels",
      expected: "labels of people",
      remedy: "run it in a terminal to label by keyboard, or give --labels FILE (JSON lines with id, label, annotator)",
    });
  }
  const model = judgeName === "strings" ? undefined : await (options.open ?? (() => openModel(judgeName)))();
  progress.start("calibrate", judgeName, labelled.length, "answers");
  const call = { seed, signal, progress };
  const judged = await judge(rubric, model, labelled, call);
  // The same judge, asked the same again under another seed: a rule says the same by its nature.
  const repeated = model === undefined ? [] : labelled.slice(0, askedTwice);
  if (repeated.length > 0) progress.start("calibrate", "the same again", repeated.length, "answers");
  // A hosted choice by log-probabilities has no seed: from the cache it would agree with itself, unasked.
  const isKept = (rubric === "helpfulness" || rubric === "harmlessness") && !isInProcess(judgeName);
  const second = isKept && repeated.length > 0 ? await openModel(judgeName, { cache: false }) : model;
  const again = repeated.length === 0 ? undefined : await judge(rubric, second, repeated, { ...call, seed: seed + 1 });
  const isRepeated = new Set(repeated.map(({ id }) => id));
  await model?.dispose?.();
  if (second !== model) await second?.dispose?.();
  progress.finish();
  const items = labelled.map((row): LabelledItem => {
    const own = people.map((given) => given.get(row.id));
    const base = {
      id: row.id,
      people: [...row.labels, ...own],
      ...judged.of(row.id),
      ...(isRepeated.has(row.id) ? { again: again?.of(row.id).judge } : {}),
    };
    return row.final === undefined ? base : { ...base, final: row.final };
  });
  const certificate = certify(items, {
    judge: judged.identity,
    date: new Date().toISOString().slice(0, 10),
    calibratedOn: {
      answers: basename(answersPath),
      labels: labelsPath === undefined ? null : basename(labelsPath),
      hash: contentHash(items.map(({ id, people: own, final }) => [id, own, final ?? null])),
    },
    metric: rubric === "harmfulness" || rubric === "compliance" || rubric === "breach" ? "ordinal" : "nominal",
    seed,
    positive: "first",
    flips: judged.flips,
  });
  const path = join(options.folder ?? certificatesFolder, certificateFile(certificate.judge));
  writeOutput(path, `${JSON.stringify(certificate, null, 2)}\n`);
  return { path, certificate };
}

interface JudgedAnswers {
  readonly identity: Certificate["judge"];
  readonly flips?: Certificate["flips"] | undefined;
  of(id: string): Pick<LabelledItem, "judge" | "probability">;
}

type JudgeCall = Parameters<Judge<unknown>["judge"]>[1];

async function judge(
  rubric: LabelledFor,
  model: LanguageModel | undefined,
  rows: readonly AnswerRow[],
  call: JudgeCall,
): Promise<JudgedAnswers> {
  if (typeof rubric === "object") return judgePrinciple(rubric, model, rows, call);
  if (rubric === "helpfulness" || rubric === "harmlessness") return judgePairs(rubric, model, rows, call);
  if (model === undefined && rubric !== "refusal") throw onlyRefusals(rubric);
  const items = rows.map(({ id, request, responses: [response = ""], breach }) => ({
    id,
    messages: [{ role: "user" as const, content: request }],
    response,
    fields: { behaviour: request, ...breach },
  }));
  const own = model === undefined ? undefined : benchmarkJudges[rubric]?.(model);
  if (own !== undefined) {
    const { name, version, model: id, prompt, hash } = own.judge;
    const found = new Map((await own.judge.judge(items, call)).map((one) => [one.id, one.fields]));
    const of = (item: string) => {
      const fields = found.get(item);
      return { judge: fields === undefined ? undefined : own.label(fields) };
    };
    return { identity: { name, version, model: id, prompt, hash }, of };
  }
  const instrument: Judge<string | number> =
    model === undefined ? stringJudge() : rubric === "refusal" ? refusalJudge(model) : harmfulnessJudge(model);
  const verdicts = new Map((await instrument.judge(items, call)).map((verdict) => [verdict.id, verdictValue(verdict)]));
  const { name, version, model: id, prompt, hash } = instrument;
  const of = (item: string) => {
    const value = verdicts.get(item);
    return { judge: value === undefined ? undefined : String(value) };
  };
  return { identity: { name, version, model: id, prompt, hash }, of };
}

/** By the judge of a check; the rule takes every answer that does not refuse for a break. */
async function judgePrinciple(
  principle: Principle,
  model: LanguageModel | undefined,
  rows: readonly AnswerRow[],
  call: JudgeCall,
): Promise<JudgedAnswers> {
  const items = rows.map(({ id, request, responses: [response = ""] }) => ({
    id,
    messages: [{ role: "user" as const, content: request }],
    response,
  }));
  if (model === undefined) {
    const rule = stringJudge();
    const verdicts = new Map((await rule.judge(items, call)).map((verdict) => [verdict.id, verdictValue(verdict)]));
    call.progress?.advance(items.length);
    const identity = { name: `principle-${principle.id}`, version: rule.version, model: null, prompt: rule.prompt };
    const of = (id: string) => {
      const value = verdicts.get(id);
      return { judge: value === undefined ? undefined : value === "refused" ? "keeps" : "breaks" };
    };
    return { identity: { ...identity, hash: judgeHash(identity) }, of };
  }
  const found = await constitutionJudge(model, [principle]).judge(items, call);
  const verdicts = new Map(found.map(({ id, fields }) => [id, foundVerdict(fields, principle.id)]));
  return { identity: principleIdentity(principle, model.id), of: (id) => ({ judge: verdicts.get(id) }) };
}

/** Judges that a benchmark has of its own, and what a person's label says of their verdicts. */
const benchmarkJudges: Readonly<Partial<Record<Rubric, (model: LanguageModel) => RubricJudge>>> = {
  behaviour: (model) => ({
    judge: behaviourJudge(model),
    label: ({ elicited }) => (elicited === true ? "elicited" : "not elicited"),
  }),
  compliance: (model) => ({ judge: papJudge(model), label: ({ rating }) => String(rating) }),
  breach: (model) => ({
    judge: asBenchmarkJudge(breachJudge(model), ({ grade }) => ({ grade })),
    label: ({ grade }) => String(grade),
  }),
};

interface RubricJudge {
  readonly judge: BenchmarkJudge;
  label(fields: VerdictFields): string;
}

async function judgePairs(
  aim: Aim,
  model: LanguageModel | undefined,
  rows: readonly AnswerRow[],
  call: JudgeCall,
): Promise<JudgedAnswers> {
  if (model === undefined) throw onlyRefusals(aim);
  const instrument = comparisonJudge(model, aim);
  const pairs = rows.map(({ id, request, responses: [first = "", second = ""] }) => ({
    id,
    messages: [{ role: "user" as const, content: request }],
    responses: [first, second] as const,
  }));
  const verdicts = await instrument.compare(pairs, call);
  const byId = new Map(verdicts.map((verdict) => [verdict.id, verdict]));
  const flips = flipRate(verdicts);
  const { name, version, model: id, prompt, hash } = instrument;
  return {
    identity: { name, version, model: id, prompt, hash },
    flips,
    of: (item) => {
      const verdict = byId.get(item);
      if (verdict?.outcome !== "judged") return { judge: undefined };
      const judge = verdict.score === 0.5 ? "tie" : verdict.score === 1 ? "first" : "second";
      return { judge, probability: verdict.probability };
    },
  };
}

function onlyRefusals(rubric: Rubric): PreceptError {
  return new PreceptError("usage", {
    attempted: "Calibrating the string rule",
    found: `--rubric ${rubric}`,
    expected: "--rubric refusal: strings know nothing else",
    remedy: "--judge provider:model",
  });
}
