import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { PreceptError } from "../../errors.ts";
import { parseJson } from "../../storage/index.ts";
import { checkFinite, checkShapes } from "./check-weights.ts";
import type { TransformerConfig } from "./config.ts";
import { asDiskError, currentFolder, readFolderFile } from "./folder.ts";
import { SafetensorsFile, type StorageType, safetensorsChunks } from "./safetensors.ts";
import { bytesOf, damagedFile, pickleFound } from "./safetensors-header.ts";
import type { Weights, WeightTensor } from "./weights.ts";

export const WEIGHTS_FILE = "model.safetensors";
export const WEIGHTS_INDEX = "model.safetensors.index.json";

const pickleFile = /\.(bin|pt|pth|pkl|ckpt)$/;
const indexFile = z.object({ weight_map: z.record(z.string(), z.string()) });

/** @throws PreceptError checkpoint-invalid when somebody names a pickle for a model. */
export function refusePickle(path: string): void {
  if (pickleFile.test(path)) throw pickleFound(path);
}

export interface WeightFiles {
  /** The index, where there are shards. */
  readonly index?: string;
  readonly files: readonly string[];
}

/**
 * The files with weights in a folder: `model.safetensors`, or the index and the shards that it names.
 * @throws PreceptError checkpoint-missing, or checkpoint-invalid for pickles and other formats.
 */
export async function weightFiles(folder: string): Promise<WeightFiles> {
  const place = currentFolder(folder);
  if (existsSync(join(place, WEIGHTS_FILE))) return { files: [WEIGHTS_FILE] };
  if (existsSync(join(place, WEIGHTS_INDEX))) {
    return { index: WEIGHTS_INDEX, files: [...new Set((await readIndex(folder)).values())].sort() };
  }
  const names = await readdir(place).catch((error: unknown) => {
    throw asDiskError(error, `Reading ${folder}`);
  });
  const pickle = names.find((name) => pickleFile.test(name));
  if (pickle !== undefined) throw pickleFound(join(folder, pickle));
  const gguf = names.find((name) => name.endsWith(".gguf"));
  throw new PreceptError(gguf === undefined ? "checkpoint-missing" : "checkpoint-invalid", {
    attempted: `Reading ${join(folder, WEIGHTS_FILE)}`,
    found: gguf === undefined ? "no such file, nor an index of shards" : `${gguf}, a model in one file`,
    expected: `${WEIGHTS_FILE}, or ${WEIGHTS_INDEX} with its shards`,
    remedy: gguf === undefined ? "check the path; download the safetensors of the model" : `give ${join(folder, gguf)}`,
  });
}

/** Which shard holds a tensor. */
async function readIndex(folder: string): Promise<ReadonlyMap<string, string>> {
  const path = join(folder, WEIGHTS_INDEX);
  const text = (await readFolderFile(folder, WEIGHTS_INDEX)).toString("utf8");
  const index = parseJson(text, indexFile, (found, cause) => damagedFile(path, found, "an index of shards", cause));
  const map = new Map(Object.entries(index.weight_map));
  for (const file of map.values()) {
    if (pickleFile.test(file)) throw pickleFound(join(folder, file));
    if (file !== basename(file) || !file.endsWith(".safetensors"))
      throw damagedFile(
        path,
        `a shard named ${JSON.stringify(file)}`,
        "the name of a .safetensors file beside the index",
      );
  }
  return map;
}

/** Left over from old checkpoints: what RoPE's frequencies were; they are computed. */
const isDerived = (name: string): boolean => name.endsWith(".rotary_emb.inv_freq");

/**
 * The weights of a Hugging Face folder, read tensor by tensor into their place: memory holds them once. Headers are
 * checked against the configuration before any number is read.
 * @throws PreceptError checkpoint-missing, checkpoint-invalid, shape-mismatch or not-finite.
 */
export async function loadWeights(
  folder: string,
  config: TransformerConfig,
  { index, files }: WeightFiles,
): Promise<Map<string, WeightTensor>> {
  const attempted = `Loading the checkpoint ${folder}`;
  const shards: SafetensorsFile[] = [];
  try {
    for (const name of files) shards.push(await openShard(folder, name));
    const places = new Map<string, SafetensorsFile>();
    for (const shard of shards) {
      for (const name of shard.tensors.keys()) {
        if (isDerived(name) || (name === "lm_head.weight" && config.tiedEmbeddings)) continue;
        const other = places.get(name);
        if (other !== undefined)
          throw damagedFile(shard.path, `${name}, as in ${basename(other.path)}`, "each tensor once");
        places.set(name, shard);
      }
    }
    if (index !== undefined) {
      for (const [name, file] of await readIndex(folder)) {
        const shard = shards.find(({ path }) => basename(path) === file);
        if (shard?.tensors.has(name) !== true)
          throw damagedFile(join(folder, file), `no tensor ${name}`, `it, as ${index} has it`);
      }
    }
    const shapes = new Map([...places].map(([name, shard]) => [name, shard.tensors.get(name)?.shape ?? []]));
    checkShapes(config, shapes, attempted);
    const weights = new Map<string, WeightTensor>();
    for (const [name, shard] of places) {
      const tensor = await shard.read(name);
      checkFinite(name, tensor.data, attempted);
      weights.set(name, tensor);
    }
    return weights;
  } finally {
    for (const shard of shards) await shard.close();
  }
}

/** The names of all tensors in a folder's files, from their headers, in the order in which `loadWeights` reads them. */
export async function tensorNames(folder: string, { files }: WeightFiles): Promise<string[]> {
  const names: string[] = [];
  for (const file of files) {
    const shard = await openShard(folder, file);
    names.push(...shard.tensors.keys());
    await shard.close();
  }
  return names;
}

async function openShard(folder: string, name: string): Promise<SafetensorsFile> {
  try {
    return await SafetensorsFile.open(join(currentFolder(folder), name));
  } catch (error) {
    throw asDiskError(error, `Reading ${join(folder, name)}`);
  }
}

/** The files that hold the weights, for `replaceFolder`: one, or shards of at most `maxShardBytes` with their index. */
export function formatWeights(
  weights: Weights,
  storage: StorageType,
  maxShardBytes: number,
): Record<string, string | Iterable<Uint8Array>> {
  const shards: Map<string, WeightTensor>[] = [];
  let [room, total] = [0, 0];
  for (const name of [...weights.keys()].sort()) {
    const tensor = weights.get(name) as WeightTensor;
    const bytes = tensor.data.length * bytesOf(storage);
    if (shards.length === 0 || bytes > room) {
      shards.push(new Map());
      room = maxShardBytes;
    }
    shards.at(-1)?.set(name, tensor);
    room -= bytes;
    total += bytes;
  }
  if (shards.length <= 1) return { [WEIGHTS_FILE]: safetensorsChunks(weights, storage) };
  const files: Record<string, string | Iterable<Uint8Array>> = {};
  const places: Record<string, string> = {};
  const number = (n: number): string => String(n).padStart(5, "0");
  for (const [n, shard] of shards.entries()) {
    const file = `model-${number(n + 1)}-of-${number(shards.length)}.safetensors`;
    files[file] = safetensorsChunks(shard, storage);
    for (const name of shard.keys()) places[name] = file;
  }
  files[WEIGHTS_INDEX] = `${JSON.stringify({ metadata: { total_size: total }, weight_map: places }, null, 2)}\n`;
  return files;
}
