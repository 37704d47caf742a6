import { existsSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { readText, tryJson } from "../../storage/index.ts";
import { type DraftedConstitution, draftedConstitutionSchema } from "./public-constitution.ts";

/** Where a conversation's drafts stand, within its folder. */
export const DRAFT_FOLDER = "draft";
/** File of that folder that holds what the statements of a public became. */
export const DRAFTED_FILE = "drafted.json";

/** The drafted principles of a conversation's folder. @throws PreceptError usage where there are none; run-invalid. */
export function readDrafted(folder: string): Promise<DraftedConstitution> {
  return readDraftedFile(join(folder, DRAFT_FOLDER), `precept collective draft ${folder} --model MODEL writes them`);
}

/** The same; undefined where nothing was drafted. @throws PreceptError run-invalid. */
export async function findDrafted(folder: string): Promise<DraftedConstitution | undefined> {
  return existsSync(join(folder, DRAFT_FOLDER, DRAFTED_FILE)) ? readDrafted(folder) : undefined;
}

/** Those of the folder that a draft was written into. @throws PreceptError usage where there are none; run-invalid. */
export async function readDraftedFile(
  folder: string,
  missing = "precept collective draft FOLDER --model MODEL writes them",
): Promise<DraftedConstitution> {
  const path = join(folder, DRAFTED_FILE);
  const attempted = `Reading the principles drafted in ${folder}`;
  const text = await readText(path, { attempted, code: "usage", missing });
  const parsed = draftedConstitutionSchema.safeParse(tryJson(text));
  if (parsed.success) return parsed.data;
  throw new PreceptError("run-invalid", {
    attempted,
    found: `${path} does not fit: ${parsed.error.issues[0]?.path.join(".")} ${parsed.error.issues[0]?.message}`,
    expected: "the file that `precept collective draft` wrote",
    remedy: missing,
  });
}
