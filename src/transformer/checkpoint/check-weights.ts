import { PreceptError } from "../../errors.ts";
import type { TransformerConfig } from "./config.ts";
import { weightShapes } from "./weight-shapes.ts";
import type { Weights } from "./weights.ts";

/**
 * Checks that the weights are those of the configuration; a head `score.weight` (1, C), or several as its rows, may be there
 * too, and then an untied output matrix may be missing.
 * @throws PreceptError checkpoint-invalid for a missing or unknown tensor, shape-mismatch, or not-finite.
 */
export function checkWeights(config: TransformerConfig, weights: Weights, attempted: string): void {
  checkShapes(config, new Map([...weights].map(([name, { shape }]) => [name, shape])), attempted);
  for (const [name, { shape, data }] of weights) {
    const count = shape.reduce((a, b) => a * b, 1);
    if (data.length !== count) throw mismatch(attempted, name, `${data.length} numbers`, `${count} numbers`);
    checkFinite(name, data, attempted);
  }
}

/** @throws PreceptError checkpoint-invalid for a missing or unknown tensor, or shape-mismatch. */
export function checkShapes(
  config: TransformerConfig,
  found: ReadonlyMap<string, readonly number[]>,
  attempted: string,
): void {
  const expected = new Map(weightShapes(config));
  const score = found.get("score.weight");
  if (score !== undefined) expected.set("score.weight", [Math.max(1, score[0] ?? 1), config.hiddenSize]);
  if (score !== undefined && !found.has("lm_head.weight")) expected.delete("lm_head.weight");
  for (const [name, shape] of expected) {
    const own = found.get(name);
    if (own === undefined) {
      throw new PreceptError("checkpoint-invalid", {
        attempted,
        found: `no tensor ${name}`,
        expected: `${name} (${shape.join(", ")})`,
      });
    }
    if (own.join() !== shape.join()) {
      throw mismatch(attempted, name, `(${own.join(", ")})`, `(${shape.join(", ")}), as config.json has it`);
    }
  }
  for (const name of found.keys()) {
    if (!expected.has(name)) {
      throw new PreceptError("checkpoint-invalid", {
        attempted,
        found: `an unknown tensor ${name}`,
        expected: `the tensors of a ${config.architecture ?? "llama"} as config.json describes it`,
      });
    }
  }
}

export const mismatch = (attempted: string, name: string, found: string, expected: string): PreceptError =>
  new PreceptError("shape-mismatch", { attempted, found: `${name} ${found}`, expected });

/** @throws PreceptError not-finite at the first NaN or infinity. */
export function checkFinite(name: string, data: Float32Array, attempted: string): void {
  // A sum of x · 0 is 0 unless some x is not finite; most tensors need no second look.
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i]! * 0;
  if (sum === 0) return;
  const bad = data.findIndex((value) => !Number.isFinite(value));
  throw new PreceptError("not-finite", {
    attempted,
    found: `${data[bad]} in ${name} at element ${bad}`,
    expected: "finite weights",
    remedy: "take an earlier checkpoint; train with a lower learning rate",
  });
}
