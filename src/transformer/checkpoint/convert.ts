import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { PreceptError } from "../../errors.ts";
import { checkpointHash, loadCheckpoint, type SaveOptions, saveCheckpoint } from "./checkpoint.ts";
import { parameterCount } from "./weights.ts";

export interface Converted {
  readonly parameters: number;
  /** Of the folder. */
  readonly hash: string;
}

/**
 * Writes a model as a Hugging Face folder: a GGUF file dequantised, an adapter merged into its base, or a checkpoint in another
 * precision. @throws PreceptError input-invalid where something else stands in the folder's place; as `loadCheckpoint` does.
 */
export async function convertToFolder(place: string, output: string, options: SaveOptions = {}): Promise<Converted> {
  if (existsSync(output) && !existsSync(join(output, "config.json")) && readdirSync(output).length > 0) {
    throw new PreceptError("input-invalid", {
      attempted: `Writing the checkpoint ${output}`,
      found: "a folder with other things in it",
      expected: "a new folder, or an earlier checkpoint, which is then replaced",
      remedy: "give another folder with --out",
    });
  }
  const checkpoint = await loadCheckpoint(place);
  await saveCheckpoint(output, checkpoint, options);
  return { parameters: parameterCount(checkpoint.weights), hash: await checkpointHash(output) };
}
