import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Head } from "../store/chain.ts";
import { DRAFTED_FILE, findDrafted, readDraftedFile } from "./drafted-file.ts";
import type { Opinion } from "./opinion.ts";
import { readProvenance } from "./provenance-file.ts";
import type { DraftedConstitution, PublicProvenance } from "./public-constitution.ts";

/** A conversation of the public, as everybody may see it: what it thinks, what was drafted of that, and what was ratified. */
export interface PublicTown {
  readonly title: string;
  readonly seed: number;
  /** Absent in what an earlier version drafted. */
  readonly opinion?: Opinion | undefined;
  /** Number and hash of the log's last event, where it was read. */
  readonly head?: Head | undefined;
  readonly drafted?: DraftedConstitution | undefined;
  readonly provenance?: PublicProvenance | undefined;
}

/**
 * What the files of a folder say of the public that wrote its constitution: of a run that trains it in, of a draft, or of a
 * conversation without its log. Undefined where they say nothing. @throws PreceptError input-invalid, run-invalid for damaged ones.
 */
export async function readStoredTown(folder: string): Promise<PublicTown | undefined> {
  const provenance = readProvenance(folder);
  const isDraft = existsSync(join(folder, DRAFTED_FILE));
  const drafted = provenance?.drafted ?? (isDraft ? await readDraftedFile(folder) : await findDrafted(folder));
  if (drafted === undefined) return undefined;
  const { title, seed, opinion } = drafted;
  return { title, seed, opinion, drafted, provenance };
}
