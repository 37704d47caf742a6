import { join } from "node:path";
import { z } from "zod";
import { contentHash, foundFormat, keepFound, readFound } from "../../storage/index.ts";
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

/** What an audit found, beside the organism. */
export function keepAudit(folder: string, audit: OrganismAudit): void {
  keepFound(auditPath(folder), audit);
}

/** @throws PreceptError run-invalid for a damaged file. */
export function readAudit(folder: string): OrganismAudit | undefined {
  return readFound(auditPath(folder), organismAuditSchema);
}

export const auditHash = (audit: OrganismAudit): string => contentHash(audit);
