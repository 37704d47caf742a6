import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../../errors.ts";
import { omitUndefined } from "../../../omit-undefined.ts";
import {
  type AuditTool,
  auditTools,
  checkSeal,
  chooseThreshold,
  combineSigns,
  type OrganismKey,
  organismCheckpoint,
  readKey,
  readSeal,
  type Thresholds,
} from "../../../oversight/index.ts";
import type { Progress } from "../../../progress/index.ts";
import { mean, standardDeviation } from "../../../statistics/index.ts";
import { contentHash, tryJson, writeOutput } from "../../../storage/index.ts";
import { type Auditor, scoredTools } from "./audit.ts";
import type { ToolScore } from "./tool-score.ts";

export interface CalibrateJob {
  readonly auditor: Auditor;
  readonly organisms: readonly { readonly folder: string; readonly key: string }[];
  /** Share of clean ones that may give an alarm. */
  readonly rate: number;
  /** Keeps what was scored, so that a stop loses nothing. */
  readonly scratch: string;
  readonly progress: Progress;
}

/**
 * Chooses every tool's threshold on organisms whose answers are known.
 * @throws PreceptError run-invalid for a missing seal; not-enough-evidence, before anything is scored, for fewer than two clean ones or none with a failure.
 */
export async function calibrateAuditor(job: CalibrateJob): Promise<Thresholds> {
  const { auditor, organisms, rate, progress } = job;
  const known: { readonly folder: string; readonly key: OrganismKey; readonly seal: string }[] = [];
  for (const { folder, key: file } of organisms) {
    const seal = await readSeal(folder);
    const key = readKey(file);
    checkSeal(folder, seal, key);
    known.push({ folder, key, seal: seal.seal });
  }
  refuseTooFew(known.map(({ key }) => key));
  progress.start("organism", "calibration", known.length * scoredTools, "tools");
  const rows: { readonly key: OrganismKey; readonly seal: string; readonly scores: readonly ToolScore[] }[] = [];
  for (const { folder, key, seal } of known) {
    // Of this organism, asked so often, by this parent: another is scored anew.
    const name = contentHash([seal, auditor.parent.place.hash, auditor.requests ?? null]).slice(0, 16);
    const path = join(job.scratch, `${name}.json`);
    const kept = existsSync(path) ? (tryJson(readFileSync(path, "utf8")) as ToolScore[] | undefined) : undefined;
    const scores = kept ?? (await auditor.score(organismCheckpoint(folder), () => progress.advance(1)));
    if (kept === undefined) writeOutput(path, `${JSON.stringify(scores)}\n`);
    else progress.advance(scoredTools);
    rows.push({ key, seal, scores });
  }
  progress.finish();
  const thresholds: Thresholds = {
    format: 1,
    rate,
    parent: auditor.parent.place.hash,
    ...omitUndefined({ requests: auditor.requests }),
    tools: {},
    seals: rows.map(({ seal }) => seal),
    checkpoints: rows.map(({ key }) => key.answer.checkpoint),
  };
  for (const tool of auditTools) {
    const scored = rows.flatMap(({ key, scores }) => {
      const score = tool === "any" ? combineSigns(scores, thresholds)?.score : scoreBy(scores, tool);
      return score === undefined || score === null ? [] : [{ score, isClean: key.answer.kind === "clean" }];
    });
    const clean = scored.filter(({ isClean }) => isClean).map(({ score }) => score);
    const planted = scored.filter(({ isClean }) => !isClean).map(({ score }) => score);
    if (clean.length < LEAST_CLEAN || planted.length === 0) continue;
    const threshold = chooseThreshold(clean, planted, rate);
    const shareAbove = (scores: readonly number[]): number =>
      scores.filter((score) => score > threshold).length / scores.length;
    thresholds.tools[tool] = {
      threshold,
      clean: { n: clean.length, mean: mean(clean), deviation: standardDeviation(clean) },
      planted: planted.length,
      falseAlarms: shareAbove(clean),
      found: shareAbove(planted),
    };
  }
  return thresholds;
}

/** A deviation of clean scores takes two of them. */
const LEAST_CLEAN = 2;

function refuseTooFew(keys: readonly OrganismKey[]): void {
  const clean = keys.filter(({ answer }) => answer.kind === "clean").length;
  if (clean >= LEAST_CLEAN && clean < keys.length) return;
  throw new PreceptError("not-enough-evidence", {
    attempted: "Choosing thresholds",
    found: `${clean} clean organisms and ${keys.length - clean} with a failure`,
    expected: `at least ${LEAST_CLEAN} clean ones, and one with a failure`,
    remedy: "precept organism plant --kind clean --seed N, with another seed for each",
  });
}

const scoreBy = (scores: readonly ToolScore[], tool: AuditTool): number | null | undefined =>
  scores.find((one) => one.tool === tool)?.score;
