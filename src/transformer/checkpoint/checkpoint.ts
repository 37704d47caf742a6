import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { PreceptError } from "../../errors.ts";
import { formatTokenizerFiles, parseTokenizerFiles, type Tokenizer, tokenizerFiles } from "../../tokenizer/index.ts";
import { checkWeights } from "./check-weights.ts";
import type { TransformerConfig } from "./config.ts";
import { endTokens, formatConfig, parseConfig } from "./config-file.ts";
import { currentFolder, hasFolderFile, modelFolder, openFolderFile, readFolderFile, replaceFolder } from "./folder.ts";
import { ggufSize, isGguf, loadGguf, loadGgufTokenizer } from "./gguf/index.ts";
import { mergeAdapter } from "./lora.ts";
import { adapterHash, isAdapterFolder, loadAdapter, plainFolder, type StoredAdapter } from "./lora-folder.ts";
import { decodeSafetensors, encodeSafetensors, type StorageType } from "./safetensors.ts";
import { formatWeights, loadWeights, refusePickle, tensorNames, weightFiles } from "./weight-files.ts";
import { weightShapes } from "./weight-shapes.ts";
import { parameterCount, SCALAR_HEAD, type Weights } from "./weights.ts";

export interface Checkpoint {
  readonly config: TransformerConfig;
  readonly weights: Weights;
  readonly tokenizer: Tokenizer;
}

export interface SaveOptions {
  /** Default float32. */
  readonly storage?: StorageType;
  /** Weights beyond this are split into shards with an index. Default 50 GB, as transformers has it. */
  readonly maxShardBytes?: number;
}

/**
 * Writes a Hugging Face folder, all of it or none: the folder is made beside its place and renamed.
 * @throws PreceptError checkpoint-invalid, shape-mismatch, not-finite, disk or permission.
 */
export async function saveCheckpoint(folder: string, checkpoint: Checkpoint, options: SaveOptions = {}): Promise<void> {
  const { config, weights, tokenizer } = checkpoint;
  const { storage = "float32", maxShardBytes = 50e9 } = options;
  checkWeights(config, weights, `Saving the checkpoint ${folder}`);
  const { endToken, stopTokens = [endToken], startToken, padToken } = tokenizer;
  const generation = {
    bos_token_id: startToken,
    do_sample: true,
    eos_token_id: stopTokens.length === 1 ? endToken : stopTokens,
    temperature: 1,
    top_p: 1,
  };
  await replaceFolder(folder, {
    "config.json": formatConfig(config, {
      storage,
      stopTokens,
      startToken,
      padToken,
      scalarHeads: weights.get(SCALAR_HEAD)?.shape[0] ?? 0,
    }),
    "generation_config.json": `${JSON.stringify(generation, null, 2)}\n`,
    ...formatWeights(weights, storage, maxShardBytes),
    ...formatTokenizerFiles(tokenizer),
  });
}

/**
 * A checkpoint, a GGUF file, what a training job left in its output folder, or an adapter merged into its base.
 * @throws PreceptError checkpoint-missing, checkpoint-invalid, shape-mismatch or not-finite.
 */
export async function loadCheckpoint(place: string): Promise<Checkpoint> {
  const { folder, adapters } = await adaptersOver(place);
  const { config, weights: plain, tokenizer } = isGguf(folder) ? await loadGguf(folder) : await loadFolder(folder);
  let weights: Weights = plain;
  for (const { adapter } of adapters.reverse()) weights = mergeAdapter(weights, adapter, true);
  return { config, weights, tokenizer };
}

async function loadFolder(folder: string): Promise<Checkpoint> {
  refusePickle(folder);
  const configText = (await readFolderFile(folder, "config.json")).toString("utf8");
  const config = parseConfig(configText, join(folder, "config.json"));
  const files = await weightFiles(folder);
  const tokenizer = await loadTokenizer(folder, config, endTokens(configText));
  return { config, weights: await loadWeights(folder, config, files), tokenizer };
}

/**
 * How many parameters a checkpoint has, those of its base where it is an adapter; its header or configuration is read alone.
 * @throws PreceptError as `loadCheckpoint` does.
 */
export async function countParameters(place: string): Promise<number> {
  const folder = plainFolder(place);
  if (isGguf(folder)) return (await ggufSize(folder)).parameters;
  const path = join(folder, "config.json");
  const shapes = weightShapes(parseConfig((await readFolderFile(folder, "config.json")).toString("utf8"), path));
  return parameterCount(new Map([...shapes].map(([name, shape]) => [name, { shape }])));
}

/** A plain checkpoint without its numbers. */
export interface CheckpointOutline extends Pick<Checkpoint, "config" | "tokenizer"> {
  readonly folder: string;
  /** Its tensors, in the order in which `loadCheckpoint` has them: a seeded adapter is drawn in that order. */
  readonly names: readonly string[];
}

/**
 * What a folder says of its model, no number read; undefined for an adapter or a GGUF file, which `loadCheckpoint` makes plain.
 * @throws PreceptError as `loadCheckpoint` does.
 */
export async function outlineCheckpoint(place: string): Promise<CheckpointOutline | undefined> {
  const { folder, adapters } = await adaptersOver(place);
  if (isGguf(folder) || adapters.length > 0) return undefined;
  refusePickle(folder);
  const configText = (await readFolderFile(folder, "config.json")).toString("utf8");
  const config = parseConfig(configText, join(folder, "config.json"));
  const tokenizer = await loadTokenizer(folder, config, endTokens(configText));
  const names = await tensorNames(folder, await weightFiles(folder));
  return { config, tokenizer, folder: resolve(currentFolder(folder)), names };
}

/** The tokenizer alone, which says whether dialogues can be written. @throws PreceptError as `loadCheckpoint` does. */
export async function loadCheckpointTokenizer(place: string): Promise<Tokenizer> {
  const folder = plainFolder(place);
  if (isGguf(folder)) return loadGgufTokenizer(folder);
  const configText = (await readFolderFile(folder, "config.json")).toString("utf8");
  return loadTokenizer(folder, parseConfig(configText, join(folder, "config.json")), endTokens(configText));
}

/** The adapters that stand on a plain checkpoint, the last one first, and its folder. @throws PreceptError checkpoint-missing or checkpoint-invalid. */
async function adaptersOver(place: string) {
  const adapters: { readonly folder: string; readonly adapter: StoredAdapter }[] = [];
  let folder = modelFolder(place);
  while (isAdapterFolder(folder)) {
    const adapter = await loadAdapter(folder);
    const { base } = adapter;
    adapters.push({ folder, adapter });
    const attempted = `Loading the adapter ${folder}`;
    const remedy = `precept train merge ${folder} --base FOLDER|ID --out DIR`;
    if (!existsSync(currentFolder(base))) {
      throw new PreceptError("checkpoint-missing", { attempted, found: `no folder ${base}, its base`, remedy });
    }
    folder = modelFolder(base);
    if (adapters.some(({ folder: other }) => resolve(other) === resolve(folder))) {
      throw new PreceptError("checkpoint-invalid", {
        attempted,
        found: `${folder} as its base, which stands on it`,
        remedy,
      });
    }
  }
  return { folder, adapters };
}

async function loadTokenizer(
  folder: string,
  config: TransformerConfig,
  stopTokens: readonly number[],
): Promise<Tokenizer> {
  const files: Record<string, string> = {};
  for (const name of tokenizerFiles) {
    const isNeeded = name === "tokenizer.json";
    if (isNeeded || hasFolderFile(folder, name)) files[name] = (await readFolderFile(folder, name)).toString("utf8");
  }
  const tokenizer = parseTokenizerFiles(files, { stopTokens, path: join(folder, "tokenizer.json") });
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Loading the checkpoint ${folder}`,
      found: `a tokenizer of ${tokenizer.vocabularySize} tokens`,
      expected: `at most vocab_size = ${config.vocabularySize}`,
      remedy: "take tokenizer.json and config.json from one checkpoint",
    });
  }
  return tokenizer;
}

/** The files of a checkpoint that say what the model does, in the order in which they are hashed; of some there may be none. */
async function checkpointFiles(folder: string): Promise<string[]> {
  // A file is its own folder, whose one file has no name.
  if (isGguf(folder)) return [""];
  const { index, files } = await weightFiles(folder);
  const optional = ["tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "chat_template.json"];
  return [
    "config.json",
    "generation_config.json",
    ...(index === undefined ? [] : [index]),
    ...files,
    "tokenizer.json",
    ...optional,
  ].filter((name) => name === "config.json" || name === "tokenizer.json" || hasFolderFile(folder, name));
}

/**
 * sha256 in hex over the names and bytes of a checkpoint's files; anything else in the folder does not count. Of an
 * adapter, over itself and its base.
 */
export async function checkpointHash(place: string): Promise<string> {
  const { folder, adapters } = await adaptersOver(place);
  const hash = createHash("sha256");
  for (const name of await checkpointFiles(folder)) {
    const { size, chunks } = await openFolderFile(folder, name);
    hash.update(`${name}\u0000${size}\u0000`);
    for await (const chunk of chunks) hash.update(chunk);
  }
  let result = hash.digest("hex");
  for (const { folder: adapter } of adapters.reverse())
    result = createHash("sha256")
      .update(`${await adapterHash(adapter)}\u0000${result}`)
      .digest("hex");
  return result;
}

/** What a resumable training run needs besides the weights: tensors by name (e.g. moments) and anything JSON can hold. */
export interface StoredTrainerState {
  readonly tensors: Weights;
  readonly json: unknown;
}

/** Writes a `trainer-state/` folder, all of it or none. */
export async function saveTrainerState(folder: string, state: StoredTrainerState): Promise<void> {
  await replaceFolder(folder, {
    "state.json": `${JSON.stringify(state.json, null, 1)}\n`,
    "state.safetensors": encodeSafetensors(state.tensors),
  });
}

/** The state, or undefined when there is none. @throws PreceptError checkpoint-invalid when it is damaged. */
export async function loadTrainerState(folder: string): Promise<StoredTrainerState | undefined> {
  let text: string;
  try {
    text = (await readFolderFile(folder, "state.json")).toString("utf8");
  } catch (error) {
    if (error instanceof PreceptError && error.code === "checkpoint-missing") return undefined;
    throw error;
  }
  const path = join(folder, "state.safetensors");
  const tensors = decodeSafetensors(await readFolderFile(folder, "state.safetensors"), path);
  try {
    return { tensors, json: JSON.parse(text) };
  } catch (cause) {
    throw new PreceptError("checkpoint-invalid", {
      attempted: `Reading ${join(folder, "state.json")}`,
      found: "text that is not JSON",
      remedy: "delete the folder: training then begins anew",
      cause,
    });
  }
}
