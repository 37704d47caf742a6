import { expect, it } from "vitest";
import { smallConfig } from "../../../test/support/small-config.ts";
import { rng } from "../../rng.ts";
import { initialWeights } from "./weights.ts";

it("mimetic attention: the first head of a group asks for what its keys say, and heads write back what they read", () => {
  const config = smallConfig({ layers: 2, heads: 4, keyValueHeads: 2, hiddenSize: 16, headSize: 4 });
  const weights = initialWeights(config, rng(3, "mimetic"), { attention: "mimetic" });
  const at = (name: string): Float32Array =>
    weights.get(`model.layers.1.self_attn.${name}.weight`)?.data ?? new Float32Array();
  const [queries, keys, values, output] = ["q_proj", "k_proj", "v_proj", "o_proj"].map(at);
  if (!queries || !keys || !values || !output) throw new Error("a projection is missing");
  const size = 4 * 16;
  expect(keys.subarray(size)).toEqual(queries.subarray(2 * size, 3 * size));
  expect(keys.subarray(size)).not.toEqual(queries.subarray(3 * size));
  // Row 5 of the output, for dimension 2 of head 3, which reads the values of group 1.
  expect(output[5 * 16 + 3 * 4 + 2]).toBeCloseTo((values[(4 + 2) * 16 + 5] ?? 0) / Math.sqrt(2 * 2), 6);
  const random = initialWeights(config, rng(3, "mimetic"));
  expect(random.get("model.embed_tokens.weight")).toEqual(weights.get("model.embed_tokens.weight"));
});
