import { setImmediate } from "node:timers/promises";
import { type AttemptRecord, attemptRecordSchema, findingRecordSchema } from "../../redteam/index.ts";
import { type FoundRow, type OpenFile, type OpenRun, readFound } from "../run/open-run.ts";
import type { FindingRow } from "../source-attacks.ts";

/** What is held of an attempt: what figures are made of, and none of its texts. */
export type Try = Pick<
  AttemptRecord,
  "goalId" | "principleId" | "strategy" | "technique" | "turn" | "grade" | "stoppedBy"
>;

export interface ReadAttacks {
  readonly tries: readonly Try[];
  /** Of the benign twins: called a breach or not; null without a grade. */
  readonly twins: readonly Try[];
  readonly findings: readonly HeldFinding[];
  /** Records that fit no schema. */
  readonly unread: number;
}

export interface HeldFinding {
  readonly row: FindingRow;
  readonly at: Pick<FoundRow, "file" | "segment" | "number">;
}

/** Whether `precept redteam` made the run, and asked something. */
export function isAttacked(run: OpenRun): boolean {
  return run.run.manifest.kind === "redteam" && recordFiles(run, "attack").length > 0;
}

/** The records of a stage, also while it is made; not what the attacker wrote. */
export function recordFiles({ files }: OpenRun, stage: string): readonly OpenFile[] {
  const own = [`${stage}/records.jsonl`, `${stage}/records.partial.jsonl`];
  return files.filter(({ path }) => own.includes(path));
}

const held = new WeakMap<OpenRun, { readonly key: string; readonly read: Promise<ReadAttacks> }>();

/** All attempts and findings of a run without their texts, read once as long as its files stay the same. */
export async function readAttacks(run: OpenRun): Promise<ReadAttacks> {
  const files = ["attack", "findings"].flatMap((stage) => recordFiles(run, stage));
  for (const { index } of files) await index.wait(true);
  const key = JSON.stringify(files.map(({ path, index }) => [path, index.file.kept?.hash, index.version]));
  const known = held.get(run);
  if (known?.key === key) return known.read;
  const read = readAll(run);
  held.set(run, { key, read });
  return read;
}

async function readAll(run: OpenRun): Promise<ReadAttacks> {
  const [tries, twins, findings]: [Try[], Try[], HeldFinding[]] = [[], [], []];
  let unread = 0;
  for await (const { record } of eachRow(recordFiles(run, "attack"))) {
    const attempt = attemptRecordSchema.safeParse(record).data;
    if (attempt === undefined) unread += 1;
    else (attempt.strategy === "twin" ? twins : tries).push(toTry(attempt));
  }
  for await (const { record, file, segment, number } of eachRow(recordFiles(run, "findings"))) {
    const row = toFinding(record, false);
    if (row === undefined) unread += 1;
    else findings.push({ row, at: { file, segment, number } });
  }
  return { tries, twins, findings, unread };
}

/** Milliseconds for which records are read before other requests come in between. */
const atOnce = 20;

async function* eachRow(files: readonly OpenFile[]): AsyncGenerator<FoundRow> {
  let end = performance.now() + atOnce;
  for (const file of files) {
    for (const segment of file.index.segments) {
      for (let number = 0; number < segment.head.rows; number++) {
        const found = readFound(file, segment, number);
        if (found !== undefined) yield found;
        if (performance.now() < end) continue;
        await setImmediate();
        end = performance.now() + atOnce;
      }
    }
  }
}

function toTry({ goalId, principleId, strategy, technique, turn, grade, stoppedBy }: AttemptRecord): Try {
  return { goalId, principleId, strategy, technique, turn, grade, stoppedBy };
}

/** A finding as the room shows it; undefined where the record fits no schema. */
export function toFinding(record: unknown, withTexts: boolean): FindingRow | undefined {
  const finding = findingRecordSchema.safeParse(record).data;
  if (finding === undefined) return undefined;
  const { id, parents, principleId, strategy, technique, grade, samples, alike } = finding;
  const { behaviour, messages, prefill, response } = finding;
  return {
    ...{ id, strategy, technique, grade, samples, alike },
    attempt: parents[0] ?? null,
    principle: principleId,
    texts: withTexts ? { behaviour, messages, prefill, response } : null,
  };
}
