import { existsSync, lstatSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { estimateSchema } from "../../statistics/index.ts";
import {
  contentHash,
  foundFormat,
  type Lock,
  makeFolder,
  shownPath,
  takeLock,
  tryJson,
  writeWhole,
} from "../../storage/index.ts";
import { evidenceStatuses, shortHash } from "./evidence.ts";

const safeguard = z.strictObject({ name: z.string(), isMet: z.boolean(), why: z.string() });
const measureSchema = z.strictObject({
  name: z.string(),
  elicitations: z.array(
    z.strictObject({
      how: z.string(),
      status: z.enum(evidenceStatuses),
      interval: estimateSchema.strict().optional(),
      /** Of the suite when it was asked. */
      version: z.string().optional(),
      why: z.string().optional(),
    }),
  ),
  upper: z.number().optional(),
});
const levelSchema = z.strictObject({
  id: z.string(),
  outcome: z.enum(["clear", "reached", "undecided"]),
  because: z.array(z.strictObject({ measure: z.string(), threshold: z.number(), upper: z.number().nullable() })),
  safeguards: z.array(safeguard),
  decides: z.array(z.string()),
  otherwise: z.string().optional(),
});

const contentSchema = z.strictObject({
  /** Hash of the record before; null for the first. */
  previous: z.string().nullable(),
  at: z.iso.datetime(),
  policy: z.strictObject({ name: z.string(), hash: z.string() }),
  checkpoint: z.strictObject({ name: z.string(), hash: z.string() }),
  trainingFlops: z.number().nullable(),
  outcome: z.enum(["clear", "safeguarded", "crossed", "undecided"]),
  measures: z.array(measureSchema),
  levels: z.array(levelSchema),
  /** Hashes of the files of gates that the policy names, by the path that it names. */
  gates: z.record(z.string(), z.string()).optional(),
  /** What a person or body decided upon it, where one did. */
  decision: z
    .strictObject({
      by: z.string(),
      what: z.enum(["go-on", "pause"]),
      reason: z.string().optional(),
      isNamed: z.boolean(),
    })
    .optional(),
});

/** A decision record: what the policy came to, and who decided what. */
export const decisionSchema = contentSchema.extend({ hash: z.string() });
export const decisionsSchema = z.strictObject({ format: foundFormat, decisions: z.array(decisionSchema) });
export type DecisionContent = z.infer<typeof contentSchema>;
export type Decision = z.infer<typeof decisionSchema>;

const hashOf = (content: DecisionContent): string => `sha256:${contentHash(content)}`;

/** The records of a file, the oldest first; none where there is no file. @throws PreceptError run-invalid for one that was edited, left out or moved. */
export function readDecisions(path: string): Decision[] {
  const last = readLast(path);
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
    if (last === undefined) return [];
    throw brokenChain(path, `no file, though ${last.records} records were written`);
  }
  const read = decisionsSchema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (!read.success) throw brokenChain(path, z.prettifyError(read.error));
  const { decisions } = read.data;
  const fault = chainFault(decisions) ?? cutFault(decisions, last);
  if (fault !== undefined) throw brokenChain(path, fault);
  return decisions;
}

/** What is wrong with a chain, of its first record that is not as it was written. */
export function chainFault(decisions: readonly Decision[]): string | undefined {
  let previous: string | null = null;
  for (const [index, { hash, ...content }] of decisions.entries()) {
    const which = `record ${index + 1} of ${decisions.length} (${content.at})`;
    if (hashOf(content) !== hash) return `${which} is not what was written: its content no longer gives its hash`;
    if (content.previous !== previous)
      return `${which} does not follow the one before it: a record was left out, moved or put in`;
    previous = hash;
  }
  return undefined;
}

/** The last hash, a second time: a chain that was cut off at its end is whole by itself. */
const lastSchema = z.strictObject({ records: z.int().min(1), hash: z.string() });
type LastRecord = z.infer<typeof lastSchema>;

/** What stands beside the records: how many there were when one was written last, and its hash. */
export const lastOf = (path: string): string => path.replace(/(?:\.json)?$/u, ".last.json");

function readLast(path: string): LastRecord | undefined {
  if (!existsSync(lastOf(path))) return undefined;
  const read = lastSchema.safeParse(tryJson(readFileSync(lastOf(path), "utf8")));
  if (read.success) return read.data;
  throw brokenChain(lastOf(path), z.prettifyError(read.error));
}

/** The chain may be longer, where a process died before it noted so. */
function cutFault(decisions: readonly Decision[], last: LastRecord | undefined): string | undefined {
  if (last === undefined || decisions[last.records - 1]?.hash === last.hash) return undefined;
  return `${decisions.length} records without the one that was written as record ${last.records}: its end was cut off, or it is another chain`;
}

const brokenChain = (path: string, found: string): PreceptError =>
  new PreceptError("run-invalid", {
    attempted: `Reading the decision records in ${shownPath(path)}`,
    found,
    expected: "records as `precept gate` wrote them, each with the hash of the one before",
    remedy: "take the file from a copy that is whole; nothing was added to this one",
  });

/** Adds a record to the chain of a file, whole or not at all. @throws as `readDecisions`. */
export function addDecision(path: string, content: Omit<DecisionContent, "previous">): Decision {
  return holdLock(path, () => {
    const decisions = readDecisions(path);
    const whole = contentSchema.parse({ ...content, previous: decisions.at(-1)?.hash ?? null });
    const decision = { ...whole, hash: hashOf(whole) };
    writeDecisions(path, [...decisions, decision]);
    return decision;
  });
}

/** One process at a time: of two that read the same chain one record would be lost. @throws PreceptError run-locked after some seconds. */
function holdLock<T>(path: string, act: () => T): T {
  const folder = dirname(path);
  makeFolder(folder);
  const lock = waitForLock(folder);
  try {
    return act();
  } finally {
    lock.release();
  }
}

/** Adding a record takes milliseconds, so waiting for another one is short. */
function waitForLock(folder: string): Lock {
  for (let tries = 1; ; tries++) {
    try {
      return takeLock(folder, "gate");
    } catch (error) {
      if (tries >= 100 || !(error instanceof PreceptError) || error.code !== "run-locked") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

function writeDecisions(path: string, decisions: readonly Decision[]): void {
  writeWhole(path, `${JSON.stringify({ format: 1, decisions }, null, 2)}\n`);
  const hash = decisions.at(-1)?.hash;
  if (hash !== undefined) writeWhole(lastOf(path), `${JSON.stringify({ records: decisions.length, hash })}\n`);
}

/**
 * Takes the chain that somebody else went on with. @throws PreceptError input-invalid where it does not begin with this one, or goes on
 * about a policy or a checkpoint of which this one says nothing.
 */
export const takeDecisions = (path: string, from: string): readonly Decision[] =>
  holdLock(path, () => takeUnderLock(path, from));

function takeUnderLock(path: string, from: string): readonly Decision[] {
  const own = readDecisions(path);
  const other = readDecisions(from);
  if (other.length < own.length || own.some(({ hash }, index) => other[index]?.hash !== hash)) {
    throw new PreceptError("input-invalid", {
      attempted: `Taking the decision records of ${from}`,
      found: `${other.length} records that do not begin with the ${own.length} of ${path}`,
      expected: "these records and further ones after them",
      remedy: "both sides decided meanwhile: make the bundle again and have it decided upon again",
    });
  }
  const added = other.slice(own.length);
  const foreign = added.find((one) => !own.some((known) => isOfSame(one, known)));
  if (foreign !== undefined) {
    throw new PreceptError("input-invalid", {
      attempted: `Taking the decision records of ${from}`,
      found: `a record on ${foreign.checkpoint.name} (${shortHash(foreign.checkpoint.hash)}) by the policy ${foreign.policy.name} (${shortHash(foreign.policy.hash)})`,
      expected: "records on a checkpoint and by a policy that were sent out",
      remedy: "have the bundle decided upon as it is, with its own policy and checkpoint",
    });
  }
  writeDecisions(path, other);
  return added;
}

const isOfSame = (a: Decision, b: Decision): boolean =>
  a.policy.hash === b.policy.hash && a.checkpoint.hash === b.checkpoint.hash;
