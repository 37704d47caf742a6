import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import {
  type AnswerRecord,
  answerSchema,
  benchmarkStage,
  benchmarkSummarySchema,
  shotsIn,
} from "../../evaluation/index.ts";
import { type Elicitation, elicitationName, type FineTune, type SuiteEvidence } from "../../oversight/index.ts";
import { readRecords } from "../../records/index.ts";
import { readManifest, readRun, readSummary } from "../../runs/index.ts";
import { trainingFlopsOf, trainStage } from "../../stages/index.ts";
import { hashFile, hashModel, namesIn } from "../../storage/index.ts";

/** Where a run keeps what was measured for a policy, by elicitation. */
export const evidenceFolder = (run: string): string => join(run, "oversight", "evidence");

/** Everything that a suite found of models of a run under an elicitation; a plain evaluation may have asked often enough. */
export async function findEvidence(run: string, suite: string, how: Elicitation): Promise<SuiteEvidence[]> {
  const own = join(evidenceFolder(run), elicitationName(how));
  const roots = how.kind === "plain" || how.kind === "best-of" ? [own, join(run, "suites")] : [own];
  const found: SuiteEvidence[] = [];
  for (const root of roots) {
    for (const subject of namesIn(root, "folder")) {
      const evidence = await readEvidence(join(root, subject, suite), suite);
      if (evidence === undefined) continue;
      const fineTune = how.kind === "fine-tuned" ? await findFineTune(run, evidence.subjectHash) : undefined;
      found.push({ ...evidence, fineTune });
    }
  }
  return found;
}

/** What one benchmark's folder holds; undefined where it is not finished. */
async function readEvidence(folder: string, suite: string): Promise<SuiteEvidence | undefined> {
  const manifest = readManifest(folder);
  const path = join(folder, benchmarkStage.name, "summary.json");
  if (manifest?.stages[benchmarkStage.name]?.status !== "done" || !existsSync(path)) return undefined;
  const { version, samples, measured } = await readSummary(path, benchmarkSummarySchema);
  const file = join(folder, benchmarkStage.name, "records.jsonl");
  const isEdited =
    !existsSync(file) || (await hashFile(file)) !== manifest.stages[benchmarkStage.name]?.records["records"];
  const answers: AnswerRecord[] = [];
  // What somebody changed is not read at all: it may be no record any more.
  if (!isEdited) for await (const answer of readRecords(file, answerSchema)) answers.push(answer);
  const subjectHash = manifest.inputs["subject"] ?? "";
  return {
    ...{ suite, folder, version, subjectHash, samples, shots: shotsIn(version), isEdited, answers },
    measured: measured === undefined ? undefined : new Date(measured),
  };
}

/** The fine-tune beside the evidence whose checkpoint has this hash. */
async function findFineTune(run: string, hash: string): Promise<FineTune | undefined> {
  const root = evidenceFolder(run);
  for (const name of existsSync(root) ? readdirSync(root) : []) {
    const folder = join(root, name);
    const checkpoint = join(folder, trainStage.name, "checkpoint");
    if (!existsSync(checkpoint) || readManifest(folder)?.kind !== "training") continue;
    if ((await hashModel(checkpoint)) !== hash) continue;
    const trained = readRun(folder);
    return { from: trained.manifest.inputs["initial"], flops: await trainingFlopsOf(trained, trainStage.name) };
  }
  return undefined;
}

/** Suites that were measured plainly in a run. */
export function measuredSuites(run: string): string[] {
  const roots = [join(evidenceFolder(run), "plain"), join(run, "suites")];
  const subjects = roots.flatMap((root) => namesIn(root, "folder").map((name) => join(root, name)));
  return [...new Set(subjects.flatMap((folder) => namesIn(folder, "folder")))].sort();
}
