import { PreceptError } from "../errors.ts";
import {
  type Attribute,
  type DataType,
  encodeOnnx,
  type OnnxNode,
  type OnnxPort,
  type Shape,
  type TensorData,
  type TensorValue,
} from "./onnx.ts";

/** Gradients of the inputs (undefined where there is none), given the gradient of the node's only output. */
export type GradientRule = (outputGradient: Value, output: Value) => readonly (Value | undefined)[];

export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** "none": the output does not depend smoothly on the inputs. Absent: differentiating through it is an error. */
  readonly gradient: GradientRule | "none" | undefined;
  /** What the gradient rule returns gradients of: the inputs, unless a composite names others. */
  readonly differentiable: readonly (Value | undefined)[];
}

/** A tensor that will exist when the graph runs. */
export class Value {
  readonly graph: Graph;
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
  /** The node that makes it; undefined for inputs, constants and initializers. */
  node: Node | undefined = undefined;

  constructor(graph: Graph, name: string, dtype: DataType, shape: Shape) {
    this.graph = graph;
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** The shape as numbers. @throws shape-mismatch when a dimension is symbolic. */
  get dimensions(): readonly number[] {
    return this.shape.map((dimension) => {
      if (typeof dimension === "number") return dimension;
      throw new PreceptError("shape-mismatch", {
        attempted: `Reading the static shape of ${this.name}`,
        found: `(${this.shape.join(", ")})`,
        expected: "numbers only",
      });
    });
  }
}

export interface OutputPort {
  readonly dtype: DataType;
  readonly shape: Shape;
}

export interface NodeOptions {
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly gradient?: GradientRule | "none";
  readonly differentiable?: readonly Value[];
}

function toTyped(dtype: DataType, data: readonly number[]): TensorData {
  if (dtype === "float32") return Float32Array.from(data);
  if (dtype === "int32") return Int32Array.from(data);
  if (dtype === "int64") return BigInt64Array.from(data.map(BigInt));
  return Uint8Array.from(data);
}

/** A dataflow graph under construction; nodes are kept in order of creation, which is a topological order. */
export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs = new Map<string, Value>();
  readonly initializers = new Map<string, { readonly value: Value; readonly tensor: TensorValue }>();
  readonly #constants = new Map<string, Value>();
  #count = 0;

  /** A tensor that is fed at every run. */
  input(name: string, dtype: DataType, shape: Shape): Value {
    if (this.inputs.has(name) || this.initializers.has(name)) {
      throw new PreceptError("input-invalid", {
        attempted: `Declaring the graph input ${name}`,
        found: "that name is taken",
      });
    }
    const value = new Value(this, name, dtype, shape);
    this.inputs.set(name, value);
    return value;
  }

  /** A tensor stored in the graph itself, e.g. frozen weights. */
  initializer(name: string, tensor: TensorValue): Value {
    if (this.inputs.has(name) || this.initializers.has(name)) {
      throw new PreceptError("input-invalid", { attempted: `Storing the tensor ${name}`, found: "that name is taken" });
    }
    const value = new Value(this, name, tensor.dtype, tensor.shape);
    this.initializers.set(name, { value, tensor });
    return value;
  }

  /** A small literal: a scalar by default, else the given shape filled row by row. Equal literals are one node. */
  constant(data: number | readonly number[], dtype: DataType = "float32", shape?: readonly number[]): Value {
    const numbers = typeof data === "number" ? [data] : data;
    const dimensions = shape ?? (typeof data === "number" ? [] : [data.length]);
    const key = `${dtype}:${dimensions.join("x")}:${numbers.join(",")}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const tensor = { dtype, shape: dimensions, data: toTyped(dtype, numbers) };
    const value = this.initializer(`constant_${this.#constants.size}`, tensor);
    this.#constants.set(key, value);
    return value;
  }

  /** A node with one output; the building block of every operator. */
  apply(op: string, inputs: readonly (Value | undefined)[], output: OutputPort, options: NodeOptions = {}): Value {
    return this.applyMany(op, inputs, [output], options)[0] as Value;
  }

  /** A node with several outputs; it has no gradient. */
  applyMany(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: readonly OutputPort[],
    options: NodeOptions = {},
  ): readonly Value[] {
    const foreign = inputs.find((input) => input !== undefined && input.graph !== this);
    if (foreign !== undefined) {
      throw new PreceptError("input-invalid", {
        attempted: `Adding ${op} to a graph`,
        found: `${foreign.name} belongs to another graph`,
      });
    }
    const values = outputs.map(({ dtype, shape }) => new Value(this, `${op}_${this.#count++}`, dtype, shape));
    const node: Node = {
      op,
      domain: options.domain ?? "",
      inputs,
      outputs: values,
      attributes: options.attributes ?? {},
      gradient: options.gradient,
      differentiable: options.differentiable ?? inputs,
    };
    for (const value of values) value.node = node;
    this.nodes.push(node);
    return values;
  }
}

/** The value, with a gradient rule of its own in terms of the given inputs: what lies between is not differentiated. */
export function withGradient(value: Value, inputs: readonly Value[], gradient: GradientRule): Value {
  const output = { dtype: value.dtype, shape: value.shape };
  return value.graph.apply("Identity", [value], output, { gradient, differentiable: inputs });
}

/** The nodes that the outputs need, in topological order. */
function findNeeded(graph: Graph, outputs: Iterable<Value>): { nodes: Node[]; leaves: Set<Value> } {
  const wanted = new Set<Value>(outputs);
  const nodes: Node[] = [];
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index] as Node;
    if (!node.outputs.some((output) => wanted.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) if (input !== undefined) wanted.add(input);
  }
  return { nodes: nodes.reverse(), leaves: wanted };
}

/**
 * The ONNX model that computes the named outputs; nodes that no output needs are left out. Every declared input stays,
 * used or not, so that what must be fed does not depend on the outputs asked for.
 */
export function toOnnx(graph: Graph, outputs: Readonly<Record<string, Value>>): Uint8Array {
  const entries = Object.entries(outputs);
  const { nodes, leaves } = findNeeded(
    graph,
    entries.map(([, value]) => value),
  );
  const renamed = new Map<Value, string>();
  const copies: OnnxNode[] = [];
  for (const [name, value] of entries) {
    if (value.node !== undefined && !renamed.has(value)) renamed.set(value, name);
    else
      copies.push({
        op: "Identity",
        domain: "",
        inputs: [renamed.get(value) ?? value.name],
        outputs: [name],
        attributes: {},
      });
  }
  const nameOf = (value: Value | undefined): string => (value === undefined ? "" : (renamed.get(value) ?? value.name));
  const port = (name: string, value: Value): OnnxPort => ({ name, dtype: value.dtype, shape: value.shape });
  return encodeOnnx({
    nodes: [
      ...nodes.map(({ op, domain, inputs, outputs: made, attributes }) => ({
        op,
        domain,
        attributes,
        inputs: inputs.map(nameOf),
        outputs: made.map(nameOf),
      })),
      ...copies,
    ],
    inputs: [...graph.inputs].map(([name, value]) => port(name, value)),
    outputs: entries.map(([name, value]) => port(name, value)),
    initializers: new Map(
      [...graph.initializers].filter(([, item]) => leaves.has(item.value)).map(([name, item]) => [name, item.tensor]),
    ),
  });
}
