import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type DraftedConstitution,
  PROVENANCE_FILE,
  type PublicConstitution,
  type RatificationVote,
  type RatifyOptions,
  ratifyNext,
  readProvenance,
} from "../../collective/drafting/index.ts";
import { formatConstitution, schemaLine } from "../../constitution/index.ts";
import { PreceptError } from "../../errors.ts";
import { writeWhole } from "../../storage/index.ts";

/**
 * Writes constitution.yaml and provenance.json of a public into a folder. A constitution that differs from the one that is there
 * is its next version. @throws PreceptError not-enough-evidence where no principle is left; disk, permission.
 */
export function writePublicConstitution(
  folder: string,
  drafted: DraftedConstitution,
  votes: readonly RatificationVote[] | undefined,
  options: RatifyOptions = {},
): PublicConstitution {
  const earlier = existsSync(join(folder, "constitution.yaml")) ? readProvenance(folder) : undefined;
  const result = ratifyNext(earlier, drafted, votes, options);
  if (result.constitution.principles.length === 0) {
    throw new PreceptError("not-enough-evidence", {
      attempted: `Writing the constitution of ${drafted.title}`,
      found:
        drafted.principles.length === 0
          ? "no statement that may be shown and on which all groups agree surely enough"
          : `none of ${drafted.principles.length} principles ratified`,
      expected: "one principle or more",
      remedy: "more votes; or another selection: --select cutoff, --select slate",
    });
  }
  writeWhole(join(folder, "constitution.yaml"), [schemaLine(), formatConstitution(result.constitution)].join("\n"));
  writeWhole(join(folder, PROVENANCE_FILE), `${JSON.stringify(result.provenance, null, 2)}\n`);
  return result;
}
