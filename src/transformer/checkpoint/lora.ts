import { PreceptError } from "../../errors.ts";
import { omitUndefined } from "../../omit-undefined.ts";
import type { Rng } from "../../rng.ts";
import { SCALAR_HEAD, type Shapes, type Weights, type WeightTensor } from "./weights.ts";

/** Low-rank adaptation (Hu et al. 2021): y = W x + s · B A drop(x); the base W is frozen, A and B learn. */
export interface LoraConfig {
  readonly rank: number;
  /** s = alpha / rank, or alpha / sqrt(rank) with `rankStabilised`. */
  readonly alpha: number;
  /** Share of the adapter's inputs that a training step leaves out, in [0, 1). */
  readonly dropout: number;
  /** The last part of module names, as PEFT has them: "q_proj", "down_proj", … */
  readonly targetModules: readonly string[];
  /** Kalajdzievski 2023 (PEFT's use_rslora). */
  readonly rankStabilised: boolean;
}

/** Adapter tensors under "MODULE.lora_A.weight" (r, in) and "MODULE.lora_B.weight" (out, r); a scalar head may stand beside them. */
export interface LoraAdapter {
  readonly config: LoraConfig;
  readonly weights: Weights;
}

export const ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const;

/** Every linear layer, alpha twice the rank (TRL's ratio), no dropout. @throws PreceptError input-invalid. */
export function loraConfig(
  options: { readonly rank: number } & { readonly [K in keyof LoraConfig]?: LoraConfig[K] | undefined },
): LoraConfig {
  const config = {
    alpha: 2 * options.rank,
    dropout: 0,
    targetModules: ALL_LINEAR,
    rankStabilised: false,
    ...omitUndefined(options),
  };
  if (!Number.isInteger(config.rank) || config.rank < 1)
    throw invalidAdapter(`rank ${config.rank}`, "a positive integer");
  if (!(config.alpha > 0 && Number.isFinite(config.alpha)))
    throw invalidAdapter(`alpha ${config.alpha}`, "a positive number");
  if (!(config.dropout >= 0 && config.dropout < 1))
    throw invalidAdapter(`dropout ${config.dropout}`, "a share in [0, 1)");
  if (config.targetModules.length === 0) throw invalidAdapter("no target modules", "at least one, e.g. q_proj");
  return config;
}

export const loraScale = ({ alpha, rankStabilised }: LoraConfig, rank: number): number =>
  alpha / (rankStabilised ? Math.sqrt(rank) : rank);

export const loraNames = (module: string): { readonly a: string; readonly b: string } => ({
  a: `${module}.lora_A.weight`,
  b: `${module}.lora_B.weight`,
});

/** Modules of the base that the targets name, e.g. "model.layers.0.self_attn.q_proj". @throws PreceptError input-invalid for a target that names none. */
export function targetedModules(base: Iterable<string>, targets: readonly string[]): string[] {
  const modules = [...base].flatMap((name) => /^(model\.layers\.\d+\..+_proj)\.weight$/.exec(name)?.[1] ?? []);
  const isNamed = (module: string, target: string): boolean => module === target || module.endsWith(`.${target}`);
  for (const target of targets) {
    if (modules.some((module) => isNamed(module, target))) continue;
    const known = new Set(modules.map((module) => module.slice(module.lastIndexOf(".") + 1)));
    throw invalidAdapter(`no linear layer named ${target}`, [...known].join(", "));
  }
  return modules.filter((module) => targets.some((target) => isNamed(module, target)));
}

/** A fresh adapter that changes nothing yet: A uniform in ±1/sqrt(in) (He et al. 2015 with a = sqrt 5, as PEFT), B zero. */
export function initialAdapter(base: Shapes, config: LoraConfig, random: Rng): LoraAdapter {
  const weights = new Map<string, WeightTensor>();
  for (const module of targetedModules(base.keys(), config.targetModules)) {
    const [out, width] = base.get(`${module}.weight`)!.shape as readonly [number, number];
    if (config.rank > Math.max(out, width))
      throw invalidAdapter(`rank ${config.rank}`, `at most ${Math.max(out, width)}, the larger side of ${module}`);
    const bound = 1 / Math.sqrt(width);
    const names = loraNames(module);
    const a = Float32Array.from({ length: config.rank * width }, () => bound * (2 * random.next() - 1));
    weights.set(names.a, { shape: [config.rank, width], data: a });
    weights.set(names.b, { shape: [out, config.rank], data: new Float32Array(out * config.rank) });
  }
  return { config, weights };
}

/** Modules that an adapter's tensors belong to, with each one's own rank. @throws PreceptError checkpoint-invalid or shape-mismatch. */
export function adaptedModules(adapter: LoraAdapter, base: Weights, attempted: string): Map<string, number> {
  const ranks = new Map<string, number>();
  for (const [name, { shape, data }] of adapter.weights) {
    const [, module, side] = /^(.+)\.lora_([AB])\.weight$/.exec(name) ?? [];
    const expected = module === undefined ? undefined : base.get(`${module}.weight`)?.shape;
    if (module === undefined || expected === undefined || expected.length !== 2) {
      if (name === SCALAR_HEAD) continue;
      throw new PreceptError("checkpoint-invalid", {
        attempted,
        found: `the adapter tensor ${name}`,
        expected: "lora_A and lora_B of linear layers that the base has",
        remedy: "give the base that the adapter was trained on",
      });
    }
    const rank = (side === "A" ? shape[0] : shape[1]) ?? 0;
    const wanted = side === "A" ? [ranks.get(module) ?? rank, expected[1]] : [expected[0], ranks.get(module) ?? rank];
    if (shape.length !== 2 || rank < 1 || shape.join() !== wanted.join() || data.length !== shape[0]! * shape[1]!) {
      throw new PreceptError("shape-mismatch", {
        attempted,
        found: `${name} (${shape.join(", ")})`,
        expected: `(${wanted.join(", ")}), as the base and the other half have it`,
        remedy: "give the base that the adapter was trained on",
      });
    }
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad !== -1) {
      const found = `${data[bad]} in ${name} at element ${bad}`;
      throw new PreceptError("not-finite", { attempted, found, expected: "finite weights" });
    }
    ranks.set(module, rank);
  }
  for (const module of ranks.keys()) {
    const { a, b } = loraNames(module);
    const missing = [a, b].find((name) => !adapter.weights.has(name));
    if (missing === undefined) continue;
    throw new PreceptError("checkpoint-invalid", {
      attempted,
      found: `no tensor ${missing}`,
      expected: `${a} and ${b}`,
    });
  }
  return ranks;
}

/**
 * The plain weights W + s · B A of every adapted module (float64 sums); a scalar head of the adapter replaces the base's.
 * Of a base that nobody else holds, `isOwner`, the tensors are changed in place.
 * @throws PreceptError checkpoint-invalid, shape-mismatch or not-finite when base and adapter do not fit.
 */
export function mergeAdapter(base: Weights, adapter: LoraAdapter, isOwner = false): Weights {
  const merged = new Map(base);
  for (const [module, rank] of adaptedModules(adapter, base, "Merging an adapter into its base")) {
    const names = loraNames(module);
    const a = adapter.weights.get(names.a)!.data;
    const b = adapter.weights.get(names.b)!.data;
    const { shape, data } = base.get(`${module}.weight`)!;
    const [out, width] = shape as readonly [number, number];
    const scale = loraScale(adapter.config, rank);
    const sum = isOwner ? data : new Float32Array(data.length);
    const row = new Float64Array(width);
    for (let i = 0; i < out; i++) {
      row.fill(0);
      for (let k = 0; k < rank; k++) {
        const factor = scale * b[i * rank + k]!;
        for (let j = 0; j < width; j++) row[j] = row[j]! + factor * a[k * width + j]!;
      }
      for (let j = 0; j < width; j++) sum[i * width + j] = data[i * width + j]! + row[j]!;
    }
    merged.set(`${module}.weight`, { shape, data: sum });
  }
  const head = adapter.weights.get(SCALAR_HEAD);
  if (head !== undefined) merged.set(SCALAR_HEAD, head);
  return merged;
}

/** Whether the tensor is one of an adapter's own. */
export const isAdapterTensor = (name: string): boolean => /\.lora_[AB]\.weight$/.test(name);

const invalidAdapter = (found: string, expected: string): PreceptError =>
  new PreceptError("input-invalid", { attempted: "Configuring a LoRA adapter", found, expected });
