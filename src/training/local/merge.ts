import { PreceptError } from "../../errors.ts";
import { resolveModelFolder } from "../../hub/index.ts";
import {
  checkpointHash,
  isAdapterFolder,
  loadAdapter,
  loadCheckpoint,
  mergeAdapter,
  modelFolder,
  saveCheckpoint,
} from "../../transformer/index.ts";

/**
 * Writes an adapter and its base as one plain checkpoint; gives its hash. `adapter` may be the folder of the run that trained it;
 * `base` is the one that the adapter names unless another is given; either may be an id of the hub. @throws PreceptError input-invalid for what is no adapter; checkpoint-missing.
 */
export async function writeMerged(
  output: string,
  { adapter, base }: { readonly adapter: string; readonly base?: string | undefined },
): Promise<string> {
  const folder = modelFolder(adapter);
  if (!isAdapterFolder(folder)) {
    throw new PreceptError("input-invalid", {
      attempted: `Merging ${adapter}`,
      found: "no adapter_config.json",
      expected: "an adapter in PEFT's format, or the folder of a run with --lora",
    });
  }
  const stored = await loadAdapter(folder);
  const plain = await loadCheckpoint(await resolveModelFolder(base ?? stored.base));
  await saveCheckpoint(output, { ...plain, weights: mergeAdapter(plain.weights, stored) });
  return checkpointHash(output);
}
