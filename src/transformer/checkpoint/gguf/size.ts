import { GgufFile } from "./gguf-file.ts";

/** From this many parameters on, our engine is much slower than llama.cpp, which computes with quantised weights. */
export const LARGE_PARAMETERS = 5e8;

/** How many numbers a GGUF file holds, and in how many bytes; only its header is read. */
export async function ggufSize(path: string): Promise<{ readonly parameters: number; readonly bytes: number }> {
  const file = await GgufFile.open(path);
  await file.close();
  const tensors = [...file.tensors.values()];
  return {
    parameters: tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0),
    bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** What a person should know before a large GGUF file is opened, as `name`: the memory that it takes here, and what takes less. */
export async function largeGgufNotice(path: string, name = path): Promise<string | undefined> {
  const { parameters, bytes } = await ggufSize(path);
  if (parameters < LARGE_PARAMETERS) return undefined;
  const gigabytes = (size: number): string => `${(size / 2 ** 30).toFixed(1)} GiB`;
  const own = `${(parameters / 1e9).toFixed(2)} billion parameters, ${gigabytes(4 * parameters)} of memory in float32`;
  return `${name}: ${own}; llamacpp:${name} is faster and takes ${gigabytes(bytes)}`;
}
