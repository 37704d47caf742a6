import { loadOnnxRuntime, type RuntimeTensor } from "../../tensor/index.ts";
import type { TransformerConfig } from "../checkpoint/config.ts";
import { MASKED } from "./key-value-cache.ts";

/** (1, 1, G·S, S): a new token sees itself and the new tokens before it. Padding stands last, so it needs no mask. */
export function causalBias({ heads, keyValueHeads }: TransformerConfig, length: number): RuntimeTensor {
  const groups = heads / keyValueHeads;
  const bias = new Float32Array(groups * length * length);
  for (let row = 0; row < groups * length; row++)
    bias.fill(MASKED, row * length + (row % length) + 1, (row + 1) * length);
  return new (loadOnnxRuntime().Tensor)("float32", bias, [1, 1, groups * length, length]);
}
