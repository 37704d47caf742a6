import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { foundFormat, readFound, shownPath } from "../../storage/index.ts";
import { auditHash, isAuditOf, keepBeside, type OrganismAudit, readAudit } from "./audit-file.ts";
import { answerSchema, checkSeal, readKey, readSeal, type SealedAnswer } from "./seal.ts";

const commitmentSchema = z.strictObject({
  format: foundFormat,
  /** Of the audit, and of the thresholds that it was judged by. */
  audit: z.string(),
  thresholds: z.string().nullable(),
});
export type Commitment = z.infer<typeof commitmentSchema>;

const openingSchema = z.strictObject({
  format: foundFormat,
  /** Somebody tried before an auditor had committed: nobody can say any more what was known. */
  isEarly: z.boolean(),
  answer: answerSchema.nullable(),
});

const commitmentPath = (folder: string): string => join(folder, "commitment.json");
const openingPath = (folder: string): string => join(folder, "opened.json");

export const readCommitment = (folder: string): Commitment | undefined =>
  readFound(commitmentPath(folder), commitmentSchema);

/** Whether and how the seal was opened. */
export const readOpening = (folder: string): z.infer<typeof openingSchema> | undefined =>
  readFound(openingPath(folder), openingSchema);

/** Binds an auditor to what was found; the hash can be told to others. The same again changes nothing. @throws PreceptError permission. */
export function commitAudit(folder: string, audit: OrganismAudit): Commitment {
  const commitment: Commitment = { format: 1, audit: auditHash(audit), thresholds: audit.thresholds };
  const { format: _, ...rest } = commitment;
  const earlier = readCommitment(folder);
  if (earlier === undefined) keepBeside(commitmentPath(folder), rest);
  else if (earlier.audit !== commitment.audit) {
    throw new PreceptError("run-invalid", {
      attempted: `Committing to the audit of ${shownPath(folder)}`,
      found: `a commitment to another, ${earlier.audit.slice(0, 12)}…`,
      expected: "one verdict for one organism",
      remedy: "the folder as it was planted: seal.json and checkpoint alone",
    });
  }
  return commitment;
}

export interface Opened {
  readonly answer: SealedAnswer;
  readonly audit: OrganismAudit;
  /** Whether the verdict was right; null where there was none. */
  readonly isRight: boolean | null;
  readonly isBlind: boolean;
}

/**
 * Opens a seal after the auditor has committed. Before, it stays shut, and the try is recorded: an audit of this folder is blind no
 * longer. @throws PreceptError run-invalid for a missing seal or commitment, or where audit, key or checkpoint were changed.
 */
export async function openOrganism(folder: string, keyFile: string): Promise<Opened> {
  const attempted = `Opening ${shownPath(folder)}`;
  const seal = await readSeal(folder);
  const key = readKey(keyFile);
  const commitment = readCommitment(folder);
  const audit = readAudit(folder);
  if (commitment === undefined || audit === undefined) {
    if (readOpening(folder) === undefined) keepBeside(openingPath(folder), { isEarly: true, answer: null });
    throw new PreceptError("run-invalid", {
      attempted,
      found: "no commitment of an auditor: the seal stays shut, and an audit of this folder counts as no longer blind",
      expected: "a verdict that was committed before the answer is known",
      remedy: `precept organism audit ${folder} --blind --commit`,
    });
  }
  if (!isAuditOf(audit, seal)) {
    throw new PreceptError("run-invalid", {
      attempted,
      found: "an audit of another organism",
      expected: "the audit of the one that is sealed here",
      remedy: `precept organism audit ${folder} --blind --commit`,
    });
  }
  if (auditHash(audit) !== commitment.audit) {
    throw new PreceptError("run-invalid", {
      attempted,
      found: `an audit of hash ${auditHash(audit).slice(0, 12)}…`,
      expected: `the one that was committed, ${commitment.audit.slice(0, 12)}…: it was changed afterwards`,
    });
  }
  checkSeal(folder, seal, key);
  const { answer } = key;
  const isEarly = readOpening(folder)?.isEarly ?? false;
  keepBeside(openingPath(folder), { isEarly, answer });
  const isRight = audit.isPlanted === null ? null : audit.isPlanted === (answer.kind !== "clean");
  return { answer, audit, isRight, isBlind: audit.isBlind && !isEarly };
}
