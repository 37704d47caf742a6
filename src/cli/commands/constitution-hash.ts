import { loadWithPositions, renderHashes } from "../../constitution/index.ts";
import { type CliContext, print, printJson } from "../context.ts";

export interface HashFlags {
  readonly json: boolean;
}

/** precept constitution hash NAME_OR_FILE …, in the form of sha256sum. */
export async function hash(this: CliContext, flags: HashFlags, ...namesOrPaths: string[]): Promise<void> {
  const loaded = await Promise.all(namesOrPaths.map((name) => loadWithPositions(name, { allowEmpty: true })));
  if (flags.json) printJson(this, Object.fromEntries(loaded.map((one) => [one.file, one.constitution.hash])));
  else print(this, renderHashes(loaded));
}
