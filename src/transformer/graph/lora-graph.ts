import { add, type Graph, matmul, mul, Value, where, withGradient } from "../../tensor/index.ts";
import { type LoraConfig, loraNames, loraScale } from "../checkpoint/lora.ts";

/** A frozen weight (out, in) with its low-rank change, for `linear`. */
export class AdaptedWeight extends Value {
  readonly base: Value;
  /** (r, in) and (out, r). */
  readonly a: Value;
  readonly b: Value;
  readonly scale: number;
  /** Inputs of the change that are kept, (N, in) bool; all when absent. */
  readonly kept: Value | undefined;
  readonly dropout: number;

  constructor(base: Value, change: Pick<AdaptedWeight, "a" | "b" | "scale" | "kept" | "dropout">) {
    super(base.graph, base.name, base.dtype, base.shape);
    this.node = base.node;
    this.base = base;
    this.a = change.a;
    this.b = change.b;
    this.scale = change.scale;
    this.kept = change.kept;
    this.dropout = change.dropout;
  }

  /** W x + s · B A drop(x), row by row; x (…, in). With matrices every sum is made where its second product is. */
  product(x: Value): Value {
    const { base, a, b, scale } = this;
    const seen = this.#drop(x);
    const low = matmul(seen, a, { transposeB: true, scale });
    if (x.rank !== 2) return add(matmul(x, base, { transposeB: true }), matmul(low, b, { transposeB: true }));
    const y = matmul(low, b, { transposeB: true, plus: matmul(x, base, { transposeB: true }) });
    return withGradient(y, [x, base, a, b], (dy) => {
      const dlow = matmul(dy, b, { scale });
      const dx =
        this.kept === undefined
          ? matmul(dlow, a, { plus: matmul(dy, base) })
          : add(matmul(dy, base), this.#drop(matmul(dlow, a)));
      const outer = (left: Value, right: Value): Value => matmul(left, right, { transposeA: true });
      return [dx, outer(dy, x), outer(dlow, seen), outer(dy, low)];
    });
  }

  /** Inverted dropout: what is kept is scaled by 1 / (1 − p). */
  #drop(x: Value): Value {
    return this.kept === undefined ? x : where(this.kept, mul(x, 1 / (1 - this.dropout)), 0);
  }
}

/** Name of the graph input with a module's dropout mask. */
export const maskInput = (module: string): string => `kept.${module}`;

export interface AdapterValues {
  readonly config: LoraConfig;
  /** Rank of every adapted module. */
  readonly modules: ReadonlyMap<string, number>;
  /** Adapter tensors by name, e.g. graph inputs. */
  readonly value: (name: string) => Value;
  /** Rows of a batch when it drops inputs: then masks "kept.MODULE" (rows, in) are declared. */
  readonly dropRows?: number;
}

/** The same parameters with the adapter on top: weights of adapted modules come as `AdaptedWeight`. */
export function adaptedParameters(
  graph: Graph,
  parameters: (name: string) => Value,
  { config, modules, value, dropRows }: AdapterValues,
): (name: string) => Value {
  const adapted = new Map<string, AdaptedWeight>();
  return (name) => {
    const module = name.replace(/\.weight$/, "");
    const rank = modules.get(module);
    if (rank === undefined) return parameters(name);
    const known = adapted.get(module);
    if (known !== undefined) return known;
    const base = parameters(name);
    const names = loraNames(module);
    const kept =
      dropRows === undefined || config.dropout === 0
        ? undefined
        : graph.input(maskInput(module), "bool", [dropRows, base.dimensions[1]!]);
    const weight = new AdaptedWeight(base, {
      a: value(names.a),
      b: value(names.b),
      scale: loraScale(config, rank),
      kept,
      dropout: config.dropout,
    });
    adapted.set(module, weight);
    return weight;
  };
}
