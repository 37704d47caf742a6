import { join, relative } from "node:path";
import {
  type BenchmarkSummary,
  type Break,
  type CheckFile,
  type CheckOutcome,
  type Comparison,
  certificatesFolder,
  checkFileName,
  compareSubjects,
  directionsOf,
  formatCheck,
  type GateResult,
  isBreaking,
  itemsOfAnswers,
  type MeasuredSubject,
  readStandings,
  type Standing,
} from "../../evaluation/index.ts";
import { writeWhole } from "../../storage/index.ts";
import { readAnswers } from "./found-breaks.ts";
import { judgePrinciples } from "./judge-principles.ts";
import type { ReadyCheck } from "./prepare.ts";

/** One bot whose answers were judged. */
export interface JudgedSubject {
  readonly name: string;
  /** The run of its answers. */
  readonly folder: string;
  /** Its records. */
  readonly records: string;
  readonly summary: BenchmarkSummary;
}

/** What a check says of one bot. */
export interface CheckedSubject extends JudgedSubject {
  /** All principles together, then each by itself. */
  readonly outcomes: readonly CheckOutcome[];
  /** Answers that broke a principle. */
  readonly breaks: readonly Break[];
  /** The configuration's gates alone. */
  readonly gates: readonly GateResult[];
}

export interface ConcludeOptions {
  /** Where check.json is kept. */
  readonly folder: string;
  readonly ready: Pick<ReadyCheck, "loaded" | "constitution" | "prompts" | "judge" | "options">;
  readonly measured: readonly JudgedSubject[];
  /** An earlier check, with which every bot is compared. */
  readonly baseline?: { readonly folder: string; readonly subject: MeasuredSubject } | undefined;
  /** Where certificates of judges are; default certificates beside the configuration. */
  readonly certificates?: string | undefined;
  readonly command: string;
  /** What was warned of so far. */
  readonly warnings: readonly string[];
  /** Which answers were judged, where that needs saying. */
  readonly about?: string | undefined;
  readonly spent?: CheckFile["spent"];
  readonly warn: (text: string) => void;
}

export interface Concluded {
  readonly subjects: readonly CheckedSubject[];
  readonly standings: readonly Standing[];
  /** Each bot against the baseline, or the later ones against the first, on the same prompts. */
  readonly comparisons: readonly Comparison[];
}

/** Words, rates, gates and pairs from judged answers, kept as check.json. @throws PreceptError config-invalid for gates on no principle. */
export async function concludeCheck(options: ConcludeOptions): Promise<Concluded> {
  const { folder, ready, measured, command, about, spent } = options;
  const { loaded, constitution } = ready;
  const warnings = [...options.warnings];
  const warn = (text: string): void => {
    warnings.push(text);
    options.warn(text);
  };
  const certificates = options.certificates ?? join(loaded.folder, certificatesFolder);
  const standings = readStandings(
    measured.map(({ summary }) => summary),
    certificates,
    warn,
  );
  const subjects: CheckedSubject[] = [];
  const items: MeasuredSubject[] = [];
  for (const one of measured) {
    const { name, summary } = one;
    const { answers, breaks } = await readAnswers(one.records);
    const subject = { name, items: itemsOfAnswers(answers) };
    items.push(subject);
    const judged = await judgePrinciples({ ready, subject, summary, standings });
    warnOfNothing(name, answers, warn);
    subjects.push({ ...one, breaks, ...judged });
  }
  const comparisons = compareAll(options.baseline?.subject, items);
  const kept: Omit<CheckFile, "schemaVersion"> = {
    constitution: {
      name: constitution.name,
      hash: constitution.hash,
      principles: constitution.principles.map(({ id, text }) => ({ id, text })),
    },
    date: new Date().toISOString(),
    command,
    judge: ready.judge.model.name,
    prompts: ready.prompts,
    about,
    samples: ready.options.samples,
    subjects: subjects.map(({ outcomes, breaks, ...one }) => ({
      ...one,
      folder: relative(folder, one.folder) || ".",
      records: relative(folder, one.records),
      outcomes: [...outcomes],
      breaks: [...breaks],
      gates: [...one.gates],
    })),
    standings: [...standings],
    comparisons,
    baseline: options.baseline === undefined ? undefined : relative(folder, options.baseline.folder),
    warnings,
    spent,
  };
  writeWhole(join(folder, checkFileName), formatCheck(kept));
  return { subjects, standings, comparisons };
}

/** By id, since a system prompt that changed changes every request. */
function compareAll(baseline: MeasuredSubject | undefined, items: readonly MeasuredSubject[]): Comparison[] {
  const [first, ...others] = items.map(keepBreaking);
  const before = baseline === undefined ? first : keepBreaking(baseline);
  const after = baseline === undefined ? others : items.map(keepBreaking);
  if (before === undefined) return [];
  return after.map((one) => compareSubjects(before, one, { matching: "id", by: [], directions: directionsOf() }));
}

/** What was at stake is no aim: fewer figures are fewer chances of a false one. */
function keepBreaking({ name, items }: MeasuredSubject): MeasuredSubject {
  const breaking = items.map((item) => ({
    ...item,
    values: Object.fromEntries(Object.entries(item.values).filter(([metric]) => isBreaking(metric))),
  }));
  return { name, items: breaking };
}

/** A bot that says nothing breaks nothing. */
function warnOfNothing(
  name: string,
  answers: readonly { readonly response: string }[],
  warn: (text: string) => void,
): void {
  const empty = answers.filter(({ response }) => response.trim() === "").length;
  if (empty > 0) warn(`${name} answered nothing to ${empty} of ${answers.length} prompts: they count as undetermined`);
}
