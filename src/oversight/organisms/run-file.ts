import { join } from "node:path";
import { z } from "zod";
import { foundFormat, keepFound, namesIn, readFound } from "../../storage/index.ts";
import { type OrganismAudit, organismAuditSchema, readAudit } from "./audit-file.ts";
import { readCommitment, readOpening } from "./commitment.ts";
import { answerSchema, type SealedAnswer } from "./seal.ts";

/** What a run knows of one organism: the verdict, whether it is committed, and the answer once the seal is open. */
export const keptOrganismSchema = z.strictObject({
  format: foundFormat,
  audit: organismAuditSchema,
  isCommitted: z.boolean(),
  answer: answerSchema.nullable(),
  /** Blind from the audit to the opening. */
  isBlind: z.boolean(),
});
export type KeptOrganism = z.infer<typeof keptOrganismSchema>;

const folderIn = (run: string): string => join(run, "oversight", "organism");

/** Copies what is known of an organism into a run, for its report and the viewer. */
export function keepOrganism(run: string, folder: string): void {
  const audit: OrganismAudit | undefined = readAudit(folder);
  if (audit === undefined) return;
  const opening = readOpening(folder);
  const answer: SealedAnswer | null = opening?.answer ?? null;
  keepFound(join(folderIn(run), `${audit.name}.json`), {
    ...{ audit, isCommitted: readCommitment(folder) !== undefined, answer },
    isBlind: audit.isBlind && opening?.isEarly !== true,
  });
}

/** All organisms that a run knows, by name. @throws PreceptError run-invalid for a damaged file. */
export function readKeptOrganisms(run: string): KeptOrganism[] {
  return namesIn(folderIn(run), "file").flatMap(
    (name) => readFound(join(folderIn(run), name), keptOrganismSchema) ?? [],
  );
}
