import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readProvenance } from "../collective/drafting/index.ts";
import { PreceptError } from "../errors.ts";
import { parseSummary, type Summary } from "../evaluation/index.ts";
import { chainWarnings, type Quality, qualitySchema } from "../evaluation/quality/index.ts";
import type { ComparisonRecord, CritiqueRecord } from "../feedback/index.ts";
import { readRecords } from "../records/index.ts";
import { readRun, type StoredRun } from "../runs/index.ts";
import { readSpent } from "../spending/index.ts";
import { shownPath } from "../storage/index.ts";
import { readCheckData } from "./check-data.ts";
import { readContrast } from "./contrast-data.ts";
import type { Conflict, Deletion, Example, ExampleChain, MetricsRow, ReportConstitution, ReportData } from "./data.ts";
import { deletionOf, readMeasured } from "./deletions.ts";
import { differencesOf } from "./differences.ts";
import { type Candidate, type ChainSource, chooseCandidates, nearestChain, nearestComparison } from "./examples.ts";
import { readInside } from "./inside-data.ts";
import { RecordIndex } from "./record-index.ts";
import { type RunRecord, runRecordSchema } from "./records.ts";
import { readOversightData } from "./sections/oversight.ts";

export interface ReportOptions {
  /** Runs without one of the principles, to be shown beside this one. Default none. */
  readonly deleted?: readonly { readonly principle: string; readonly run: string }[];
  /** Writes what a red team said into its page. Default false. */
  readonly showAttacks?: boolean | undefined;
}

/**
 * Reads a run for its report. Every record is counted; only what the examples need is kept.
 * @throws PreceptError run-invalid when the folder is no run or a file in it is damaged; run-version, permission; usage as `deletionOf`.
 */
export async function readReport(runFolder: string, { deleted = [] }: ReportOptions = {}): Promise<ReportData> {
  const run = readRun(runFolder);
  const { folder, name, manifest } = run;
  if (manifest.kind !== "project") {
    throw new PreceptError("usage", {
      attempted: `Writing the page of ${runFolder}`,
      found: `a run of another kind: ${manifest.kind}`,
      expected: "the run of a project (precept run, precept demo), of precept train, or the folder of a check",
      remedy: `precept show ${runFolder}, for what is in it`,
    });
  }
  const index = new RecordIndex();
  for (const stage of run.stages) {
    for await (const record of stage.records(runRecordSchema)) index.add(stage.name, record);
  }
  const summary = readSummary(folder);
  const constitution = readConstitution(folder);
  const metrics: Record<string, readonly MetricsRow[]> = {};
  for (const { name: stage } of run.stages) {
    const rows = readMetrics(join(folder, stage, "metrics.jsonl"));
    if (rows.length > 0) metrics[stage] = rows;
  }
  const labels = index.labels.statistics();
  const { answers } = index;
  const own = { name, manifest, answers, constitution };
  const deletions: Deletion[] = [];
  for (const { principle, run } of deleted) {
    deletions.push(deletionOf(principle, own, await readMeasured(run, readConstitution)));
  }
  return {
    name,
    folder: shownPath(folder),
    manifest,
    date: statSync(join(folder, "manifest.json")).mtime.toISOString(),
    spent: readSpent(join(folder, "spending.json")),
    check: await readCheckData(folder),
    summary,
    constitution,
    provenance: readProvenance(folder),
    counts: index.counts,
    examples: await findExamples(folder, index),
    metrics,
    labels,
    contrast: await readContrast(folder, index.scoredAnswers()),
    activity: index.principles.activity(),
    conflicts: await findConflicts(folder, index),
    inside: readInside(folder),
    oversight: readOversightData(folder),
    deletions,
    differences: summary === undefined || (summary.pairedGoldReward ?? []).length > 0 ? [] : differencesOf(answers),
    ...readAlarms(run, index),
    checkpointHashes: readCheckpointHashes(run),
    templateVersions: [...index.templateVersions].sort(),
    constitutionHashes: [...index.constitutionHashes].sort(),
    suites: [...index.suites].sort(),
  };
}

/** Chooses the examples, then reads the critiques and comparisons that they name in a second pass. */
async function findExamples(folder: string, index: RecordIndex): Promise<Example[]> {
  const chains = index.chains();
  const comparisons = index.comparisonSources();
  const split = ["heldOut", "seen"].find((name) => index.answers.some(({ groups }) => groups["split"] === name));
  const candidates: Partial<Candidate>[] = chooseCandidates(index.answers, split);
  if (candidates.length === 0) candidates.push(...takeRevised(chains));
  const matched = candidates.map((candidate) => {
    const { messages = [], broke = [], kind = "revised", answers = [] } = candidate;
    const explained = kind !== "harmless" && kind !== "over-refused";
    const chain = explained ? nearestChain(messages, broke, chains) : undefined;
    const comparison = explained ? nearestComparison(messages, broke, comparisons) : undefined;
    return { candidate: { ...candidate, kind, messages, broke, answers }, chain, comparison };
  });
  const critiques = await pick(
    recordsPath(folder, "sl-cai"),
    new Set(matched.flatMap(({ chain }) => chain?.chain.revisions.flatMap(({ parents }) => parents) ?? [])),
    (record): CritiqueRecord[] => (record.type === "critique" ? [record] : []),
  );
  const compared = await findComparisons(
    folder,
    new Set(matched.flatMap(({ comparison }) => (comparison === undefined ? [] : [comparison.id]))),
  );
  return matched.map(({ candidate, chain, comparison }): Example => {
    const record = comparison === undefined ? undefined : compared.get(comparison.id);
    const source = comparisons.find(({ id }) => id === comparison?.id);
    return {
      ...candidate,
      broke: candidate.kind === "revised" ? listFound(chain?.chain, critiques) : candidate.broke,
      chain: chain === undefined ? undefined : exampleChain(chain.chain, chain.match, critiques),
      ...(record === undefined || source === undefined || comparison === undefined
        ? {}
        : { comparison: { match: comparison.match, messages: source.messages, record } }),
    };
  });
}

/** Conflicts, each with one comparison in which it showed. */
async function findConflicts(folder: string, index: RecordIndex): Promise<Conflict[]> {
  const conflicts = index.principles.conflicts();
  if (conflicts.length === 0) return [];
  const records = await findComparisons(folder, new Set(conflicts.map(({ exampleId }) => exampleId)));
  const messages = new Map(index.comparisonSources().map((source) => [source.id, source.messages]));
  return conflicts.map((conflict): Conflict => {
    const record = records.get(conflict.exampleId);
    if (record === undefined) return conflict;
    return { ...conflict, example: { record, messages: messages.get(record.id) ?? [] } };
  });
}

function findComparisons(folder: string, ids: ReadonlySet<string>): Promise<Map<string, ComparisonRecord>> {
  return pick(recordsPath(folder, "ai-feedback"), ids, (record) => (record.type === "comparison" ? [record] : []));
}

/** Before any evaluation: some training requests that were revised, one per principle. */
function takeRevised(chains: readonly ChainSource[]): Pick<Candidate, "messages" | "broke">[] {
  const chosen = new Map<string, Pick<Candidate, "messages" | "broke">>();
  for (const { response, revisions } of chains) {
    const [first] = revisions;
    if (first === undefined || chosen.has(first.principleId) || chosen.size >= 3) continue;
    chosen.set(first.principleId, { messages: response.messages, broke: [first.principleId] });
  }
  return [...chosen.values()];
}

/** Principles of which a critique says that the first answer breaks them; one that was merely drawn is none. */
function listFound(chain: ChainSource | undefined, critiques: ReadonlyMap<string, CritiqueRecord>): string[] {
  const [first] = chain?.revisions ?? [];
  if (first === undefined) return [];
  const found = first.parents.flatMap((id) => {
    const critique = critiques.get(id);
    return critique?.finding === "breaks" ? [critique.principleId] : [];
  });
  return [...new Set([...first.tripped, ...found])];
}

function exampleChain(
  { response, revisions }: ChainSource,
  match: ExampleChain["match"],
  critiques: ReadonlyMap<string, CritiqueRecord>,
): ExampleChain {
  return {
    match,
    messages: response.messages,
    responseId: response.id,
    response: response.response,
    rounds: revisions.map((revision) => {
      const critique = revision.parents.map((id) => critiques.get(id)).find((found) => found !== undefined);
      return critique === undefined ? { revision } : { revision, critique };
    }),
  };
}

async function pick<T extends RunRecord>(
  path: string,
  ids: ReadonlySet<string>,
  select: (record: RunRecord) => T[],
): Promise<Map<string, T>> {
  const found = new Map<string, T>();
  if (ids.size === 0 || !existsSync(path)) return found;
  for await (const record of readRecords(path, runRecordSchema)) {
    if (ids.has(record.id)) for (const one of select(record)) found.set(one.id, one);
    if (found.size === ids.size) break;
  }
  return found;
}

function recordsPath(folder: string, stage: string): string {
  return join(folder, stage, "records.jsonl");
}

/** The run's summary.json, checked; undefined before the run was evaluated. @throws PreceptError run-invalid. */
export function readSummary(runFolder: string): Summary | undefined {
  const path = join(runFolder, "summary.json");
  return existsSync(path) ? parseSummary(readJson(path), path) : undefined;
}

/** What the monitors of a project saw; undefined where it has none. @throws PreceptError run-invalid. */
export function readQuality(folder: string): Quality | undefined {
  const path = join(folder, "quality.json");
  return existsSync(path) ? qualitySchema.parse(readJson(path)) : undefined;
}

const chainMethodSchema = z.object({
  slCai: z.object({ reread: z.boolean().default(false), selection: z.enum(["random", "all"]) }),
});

/** What the monitors said; of a run that they do not watch, such as one on harbor, what its chains say. */
function readAlarms(
  { folder, manifest }: StoredRun,
  { chainTally }: RecordIndex,
): Pick<ReportData, "quality" | "alarms"> {
  const quality = readQuality(folder);
  if (quality !== undefined) return { quality, alarms: quality.warnings };
  const method = chainMethodSchema.safeParse(manifest.method).data?.slCai;
  return { alarms: method === undefined ? [] : chainWarnings(chainTally.result(), method) };
}

const trainedSchema = z.object({
  training: z.object({ hash: z.string() }).optional(),
  withoutReplay: z.object({ hash: z.string() }).optional(),
});

/** Hashes of the weights that the stages trained, as their own summaries state them. */
function readCheckpointHashes({ stages }: StoredRun): Record<string, string> {
  const hashes: Record<string, string> = {};
  for (const { name: stage, folder } of stages) {
    const path = join(folder, "summary.json");
    const trained = existsSync(path) ? trainedSchema.safeParse(readJson(path)).data : undefined;
    if (trained?.training !== undefined) hashes[stage] = trained.training.hash;
    if (trained?.withoutReplay !== undefined) hashes[`${stage}, without replay`] = trained.withoutReplay.hash;
  }
  return hashes;
}

const constitutionSchema = z.object({
  name: z.string(),
  principles: z.array(z.object({ id: z.string(), text: z.string() })),
});

/** A run may keep its constitution beside its manifest, for the words of the principles. */
export function readConstitution(folder: string): ReportConstitution | undefined {
  const path = join(folder, "constitution.json");
  if (!existsSync(path)) return undefined;
  const result = constitutionSchema.safeParse(readJson(path));
  if (result.success) return result.data;
  throw new PreceptError("run-invalid", { attempted: `Reading ${path}`, found: z.prettifyError(result.error) });
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new PreceptError("run-invalid", {
      attempted: `Reading ${path}`,
      found: cause instanceof Error ? cause.message : String(cause),
      expected: "a readable JSON file",
      remedy: "delete it and run `precept evaluate` on the run again",
      cause,
    });
  }
}

/** JSON has no NaN: a metric that was none stands as null, and is left out. */
const rowSchema = z
  .record(z.string(), z.union([z.number(), z.string(), z.null()]))
  .transform(
    (row): MetricsRow =>
      Object.fromEntries(Object.entries(row).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
  );

/** Rows of a metrics file; a half-written last line, as a killed run leaves it, is no row yet. */
export function readMetrics(path: string): MetricsRow[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  return whole
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line, i) => {
      try {
        return rowSchema.parse(JSON.parse(line));
      } catch (cause) {
        throw new PreceptError("run-invalid", {
          attempted: `Reading ${path}:${i + 1}`,
          found: line.slice(0, 80),
          expected: "a JSON object of numbers and texts",
          remedy: "run the stage again",
          cause,
        });
      }
    });
}
