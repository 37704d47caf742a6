import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { tryJson } from "../../storage/index.ts";
import { type PublicProvenance, publicProvenanceSchema } from "./public-constitution.ts";

/** Stands beside a constitution that a public wrote, and in every run that trains it in. */
export const PROVENANCE_FILE = "provenance.json";

/**
 * Where the constitution of a folder comes from; undefined without such a file, or where it is of another constitution than
 * the one of this hash.
 * @throws PreceptError input-invalid for a file that is none.
 */
export function readProvenance(folder: string, constitutionHash?: string): PublicProvenance | undefined {
  const path = join(folder, PROVENANCE_FILE);
  if (!existsSync(path)) return undefined;
  const parsed = publicProvenanceSchema.safeParse(tryJson(readFileSync(path, "utf8")));
  if (!parsed.success) {
    throw new PreceptError("input-invalid", {
      attempted: `Reading where the constitution in ${folder} comes from`,
      found: `${path} does not fit: ${parsed.error.issues[0]?.path.join(".")} ${parsed.error.issues[0]?.message}`,
      expected: "the file that `precept collective draft` or `ratify` wrote",
      remedy: "write it again, or move it away",
    });
  }
  return constitutionHash === undefined || parsed.data.constitution === constitutionHash ? parsed.data : undefined;
}
