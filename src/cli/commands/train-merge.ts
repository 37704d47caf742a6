import { writeMerged } from "../../training/local/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { modelPlace } from "../train-job.ts";

export interface MergeFlags {
  readonly out: string;
  readonly base?: string;
  readonly json: boolean;
}

/** precept train merge ADAPTER --out DIR: the adapter and its base as one plain checkpoint. */
export async function merge(this: CliContext, { out, base, json }: MergeFlags, place: string): Promise<void> {
  const hash = await writeMerged(out, {
    adapter: await modelPlace(this, place, json),
    base: base === undefined ? undefined : await modelPlace(this, base, json),
  });
  if (json) printJson(this, { checkpoint: out, hash });
  else print(this, `${out}: plain checkpoint, sha256 ${hash}`);
}
