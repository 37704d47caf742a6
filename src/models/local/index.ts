/** Models of this machine: checkpoints, adapters and GGUF files in our engine or in llama.cpp. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { ggufSize, isGguf, largeGgufNotice, loadCheckpointTokenizer, plainFolder } from "../../transformer/index.ts";

export { LocalModel } from "./local.ts";

/** Whether a checkpoint, or the one that an adapter stands on, says how dialogues are written. @throws PreceptError for a damaged one. */
export const hasChatTemplate = async (folder: string): Promise<boolean> =>
  (await loadCheckpointTokenizer(folder)).chat !== undefined;

/** The folder of the plain checkpoint that an adapter, or adapters one on the other, stand on. */
export const findBase = (adapter: string): string => plainFolder(adapter);

const fileOf = (place: string): string | undefined => {
  const path = place.replace(/^local:/, "");
  return existsSync(path) && isGguf(path) ? path : undefined;
};

/** What to say before a large GGUF file is opened: its memory, and llama.cpp; undefined for any other model. `folder` is where paths begin. */
export async function memoryNotice(place: string, folder = "."): Promise<string | undefined> {
  const name = place.replace(/^local:/, "");
  const file = fileOf(resolve(folder, name));
  return file === undefined ? undefined : largeGgufNotice(file, name);
}

/** Weights of a GGUF file, or of a checkpoint's folder taken as two bytes each; undefined where nothing is there. */
export async function countWeights(place: string, folder = "."): Promise<number | undefined> {
  const path = resolve(folder, place);
  const file = fileOf(path);
  if (file !== undefined) return (await ggufSize(file)).parameters;
  if (!existsSync(path) || !statSync(path).isDirectory()) return undefined;
  const files = readdirSync(path).filter((name) => name.endsWith(".safetensors"));
  const bytes = files.reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  return bytes === 0 ? undefined : bytes / 2;
}

/** Whether a GGUF file is too large for the kernels, whose memory ends at 4 GiB; the graph takes it. */
export async function isBeyondKernels(place: string): Promise<boolean> {
  const file = fileOf(place);
  return file !== undefined && 4 * (await ggufSize(file)).parameters > 3.6 * 2 ** 30;
}
