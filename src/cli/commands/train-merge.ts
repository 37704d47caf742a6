import { PreceptError } from "../../errors.ts";
import {
  checkpointHash,
  isAdapterFolder,
  loadAdapter,
  loadCheckpoint,
  mergeAdapter,
  modelFolder,
  saveCheckpoint,
} from "../../transformer/index.ts";
import { type CliContext, print, printJson } from "../context.ts";
import { modelPlace } from "../train-job.ts";

export interface MergeFlags {
  readonly out: string;
  readonly base?: string;
  readonly json: boolean;
}

/** precept train merge ADAPTER --out DIR: the adapter and its base as one plain checkpoint. */
export async function merge(this: CliContext, flags: MergeFlags, place: string): Promise<void> {
  const adapter = modelFolder(await modelPlace(this, place, flags.json));
  if (!isAdapterFolder(adapter)) {
    throw new PreceptError("input-invalid", {
      attempted: `Merging ${place}`,
      found: "no adapter_config.json",
      expected: "an adapter in PEFT's format, or the folder of a job with --lora",
    });
  }
  const stored = await loadAdapter(adapter);
  const base = await loadCheckpoint(await modelPlace(this, flags.base ?? stored.base, flags.json));
  await saveCheckpoint(flags.out, { ...base, weights: mergeAdapter(base.weights, stored) });
  const hash = await checkpointHash(flags.out);
  if (flags.json) printJson(this, { checkpoint: flags.out, hash });
  else print(this, `${flags.out}: plain checkpoint, sha256 ${hash}`);
}
