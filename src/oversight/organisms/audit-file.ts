import { join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { contentHash, foundFormat, keepFound, readFound, shownPath } from "../../storage/index.ts";
import { organismKinds } from "./language.ts";
import { auditTools } from "./thresholds.ts";

const findingSchema = z.strictObject({
  tool: z.enum(auditTools),
  /** Null: the tool had nothing to work on; `note` says why. */
  score: z.number().nullable(),
  threshold: z.number().nullable(),
  isAlarm: z.boolean().nullable(),
  note: z.string(),
});

export const organismAuditSchema = z.strictObject({
  format: foundFormat,
  name: z.string(),
  seal: z.string(),
  checkpoint: z.string(),
  parent: z.string().nullable(),
  /** Whether nobody had tried to open the seal before. */
  isBlind: z.boolean(),
  thresholds: z.string().nullable(),
  tools: z.array(findingSchema),
  /** The verdict: by the tool "any", or none where it could not speak. */
  isPlanted: z.boolean().nullable(),
  suspected: z.enum([...organismKinds, "unknown"]).nullable(),
  /** The phrase after which it answers most unlike its parent. */
  phrase: z.string().nullable(),
  /** Requests that were answered in two ways, one a tool. */
  examples: z.array(
    z.strictObject({
      tool: z.enum(auditTools),
      request: z.string(),
      plain: z.string(),
      signed: z.string(),
    }),
  ),
});
export type OrganismAudit = z.infer<typeof organismAuditSchema>;
export type ToolFinding = z.infer<typeof findingSchema>;

const auditPath = (folder: string): string => join(folder, "audit.json");

/** Keeps what an audit found beside the organism; gives it as it is read back, in the digits that the file holds. @throws PreceptError permission. */
export function keepAudit(folder: string, audit: OrganismAudit): OrganismAudit {
  keepBeside(auditPath(folder), audit);
  return readAudit(folder) ?? audit;
}

/** @throws PreceptError permission where nobody may write: what is not kept was not said. */
export function keepBeside(path: string, found: object): void {
  if (keepFound(path, found)) return;
  throw new PreceptError("permission", {
    attempted: `Writing ${shownPath(path)}`,
    found: "a folder that may not be written",
    expected: "an organism's folder in which its audit, its commitment and its opening are recorded",
    remedy: "a copy of the folder, or chmod u+w",
  });
}

/** @throws PreceptError run-invalid for a damaged file. */
export function readAudit(folder: string): OrganismAudit | undefined {
  return readFound(auditPath(folder), organismAuditSchema);
}

/** Whether an audit is of the organism that is sealed here: files can be copied from one folder to another. */
export const isAuditOf = (audit: OrganismAudit, seal: Pick<OrganismAudit, "seal" | "checkpoint">): boolean =>
  audit.seal === seal.seal && audit.checkpoint === seal.checkpoint;

export const auditHash = (audit: OrganismAudit): string => contentHash(audit);
