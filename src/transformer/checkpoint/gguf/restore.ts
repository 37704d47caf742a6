import type { TransformerConfig } from "../config.ts";
import type { WeightTensor } from "../weights.ts";

/**
 * What llama.cpp's converter changes in a tensor, undone: of Llamas it interleaves the halves of every head's queries and
 * keys, since it rotates neighbours; to the norms of Gemma it adds the 1 that Hugging Face adds when it computes.
 */
export function restore(
  name: string,
  { shape, data }: WeightTensor,
  { architecture = "llama", heads, keyValueHeads }: TransformerConfig,
): WeightTensor {
  const [, part] = /self_attn\.([qk])_proj\.(?:weight|bias)$/.exec(name) ?? [];
  if (architecture === "llama" && part !== undefined)
    return { shape, data: separateHalves(data, shape[0] ?? 0, part === "q" ? heads : keyValueHeads) };
  if (architecture === "gemma3_text" && name.endsWith("norm.weight")) return { shape, data: data.map((w) => w - 1) };
  return { shape, data };
}

/** Rows (head, i, half) to (head, half, i). */
function separateHalves(data: Float32Array, rows: number, heads: number): Float32Array {
  const width = data.length / rows;
  const half = rows / heads / 2;
  const separated = new Float32Array(data.length);
  for (let row = 0; row < rows; row++) {
    const [head, i] = [Math.floor(row / (2 * half)), row % (2 * half)];
    const from = head * 2 * half + 2 * (i % half) + Math.floor(i / half);
    separated.set(data.subarray(from * width, (from + 1) * width), row * width);
  }
  return separated;
}
