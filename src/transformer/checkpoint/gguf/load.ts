import { closeSync, openSync, readSync, statSync } from "node:fs";
import { totalmem } from "node:os";
import { PreceptError } from "../../../errors.ts";
import { parseTokenizerFiles, type Tokenizer } from "../../../tokenizer/index.ts";
import { checkFinite, checkShapes } from "../check-weights.ts";
import type { TransformerConfig } from "../config.ts";
import type { WeightTensor } from "../weights.ts";
import { readConfiguration } from "./configuration.ts";
import { GgufFile } from "./gguf-file.ts";
import { restore } from "./restore.ts";
import { huggingFaceName, ROPE_FACTORS } from "./tensor-names.ts";
import { tokenizerFilesOf } from "./tokenizer-files.ts";

/** Whether this names a GGUF file: by its first bytes, or by its name. */
export function isGguf(path: string): boolean {
  const is = statSync(path, { throwIfNoEntry: false });
  if (is?.isDirectory() === true) return false;
  if (is === undefined || path.endsWith(".gguf")) return path.endsWith(".gguf");
  const file = openSync(path, "r");
  try {
    const start = Buffer.alloc(4);
    return readSync(file, start) === 4 && start.toString("latin1") === "GGUF";
  } finally {
    closeSync(file);
  }
}

/**
 * The model in a GGUF file as a checkpoint in float32, every tensor dequantised when its turn comes.
 * @throws PreceptError checkpoint-missing, checkpoint-invalid, shape-mismatch or not-finite.
 */
export async function loadGguf(path: string): Promise<{
  readonly config: TransformerConfig;
  readonly weights: Map<string, WeightTensor>;
  readonly tokenizer: Tokenizer;
}> {
  const file = await GgufFile.open(path);
  const attempted = `Loading ${path}`;
  try {
    const config = await readConfiguration(file);
    const names = [...file.tensors.values()].flatMap((tensor) => {
      if (tensor.name === ROPE_FACTORS) return [];
      const name = huggingFaceName(tensor.name, config.architecture) ?? tensor.name;
      return [{ name, tensor }];
    });
    checkShapes(config, new Map(names.map(({ name, tensor }) => [name, tensor.shape])), attempted);
    refuseBeyondMemory(
      names.map(({ tensor }) => tensor.shape),
      attempted,
      path,
    );
    const tokenizer = readTokenizer(file, config);
    const weights = new Map<string, WeightTensor>();
    for (const { name, tensor } of names) {
      const restored = restore(name, await file.read(tensor.name), config);
      checkFinite(name, restored.data, attempted);
      weights.set(name, restored);
    }
    return { config, weights, tokenizer };
  } finally {
    await file.close();
  }
}

/** The tokenizer alone. @throws PreceptError as `loadGguf` does. */
export async function loadGgufTokenizer(path: string): Promise<Tokenizer> {
  const file = await GgufFile.open(path);
  try {
    return readTokenizer(file, await readConfiguration(file));
  } finally {
    await file.close();
  }
}

function readTokenizer(file: GgufFile, { vocabularySize }: TransformerConfig): Tokenizer {
  const tokenizer = parseTokenizerFiles(tokenizerFilesOf(file.metadata), { path: file.path });
  if (tokenizer.vocabularySize <= vocabularySize) return tokenizer;
  throw new PreceptError("checkpoint-invalid", {
    attempted: `Reading ${file.path}`,
    found: `a tokenizer of ${tokenizer.vocabularySize} tokens`,
    expected: `at most ${vocabularySize}, the rows of token_embd.weight`,
    remedy: "take another file of this model",
  });
}

/** @throws PreceptError checkpoint-invalid before anything is read, where this machine could not hold it. */
function refuseBeyondMemory(shapes: readonly (readonly number[])[], attempted: string, path: string): void {
  const count = shapes.reduce((sum, shape) => sum + shape.reduce((product, size) => product * size, 1), 0);
  const [bytes, memory] = [4 * count, totalmem()];
  if (bytes < 0.9 * memory) return;
  const gigabytes = (size: number): string => `${(size / 2 ** 30).toFixed(1)} GiB`;
  throw new PreceptError("checkpoint-invalid", {
    attempted,
    found: `${(count / 1e9).toFixed(1)} billion parameters, ${gigabytes(bytes)} in float32`,
    expected: `less than the ${gigabytes(memory)} of this machine`,
    remedy: `llamacpp:${path}, which computes with quantised weights`,
  });
}
