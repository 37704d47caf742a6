import { diffConstitutions, loadWithPositions, renderDiff } from "../../constitution/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface DiffFlags {
  readonly json: boolean;
}

/** precept constitution diff BEFORE AFTER: by the meaning of ids, not by line. */
export async function diff(this: CliContext, flags: DiffFlags, before: string, after: string): Promise<void> {
  const old = await loadWithPositions(before, { allowEmpty: true });
  const now = await loadWithPositions(after, { allowEmpty: true });
  const changes = diffConstitutions(old.constitution, now.constitution);
  if (flags.json) printJson(this, changes);
  else print(this, renderDiff(changes, { before: old.file, after: now.file }));
}
