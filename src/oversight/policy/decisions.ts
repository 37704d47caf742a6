import { lstatSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { estimateSchema } from "../../statistics/index.ts";
import { contentHash, foundFormat, makeFolder, shownPath, tryJson, writeWhole } from "../../storage/index.ts";
import { evidenceStatuses } from "./evidence.ts";

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
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return [];
  const read = decisionsSchema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (!read.success) throw brokenChain(path, z.prettifyError(read.error));
  const { decisions } = read.data;
  const fault = chainFault(decisions);
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

const brokenChain = (path: string, found: string): PreceptError =>
  new PreceptError("run-invalid", {
    attempted: `Reading the decision records in ${shownPath(path)}`,
    found,
    expected: "records as `precept gate` wrote them, each with the hash of the one before",
    remedy: "take the file from a copy that is whole; nothing was added to this one",
  });

/** Adds a record to the chain of a file, whole or not at all. @throws as `readDecisions`. */
export function addDecision(path: string, content: Omit<DecisionContent, "previous">): Decision {
  const decisions = readDecisions(path);
  const whole = contentSchema.parse({ ...content, previous: decisions.at(-1)?.hash ?? null });
  const decision = { ...whole, hash: hashOf(whole) };
  writeDecisions(path, [...decisions, decision]);
  return decision;
}

function writeDecisions(path: string, decisions: readonly Decision[]): void {
  makeFolder(dirname(path));
  writeWhole(path, `${JSON.stringify({ format: 1, decisions }, null, 2)}\n`);
}

/** Takes the chain that somebody else went on with. @throws PreceptError input-invalid where it does not begin with this one. */
export function takeDecisions(path: string, from: string): readonly Decision[] {
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
  writeDecisions(path, other);
  return other.slice(own.length);
}
