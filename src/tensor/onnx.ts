/**
 * A dependency-free writer of the ONNX protobuf format (onnx.proto3, IR version 10): just the messages that a graph of
 * dense tensors needs. Numbers beside the fields are the field numbers of the specification.
 */
export type DataType = "float32" | "int32" | "int64" | "bool";
/** A number, or the name of a dimension that is known only when the graph runs. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];
export type TensorData = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface TensorValue {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a graph of static shapes takes and gives. */
export interface Ports {
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, { readonly dtype: DataType; readonly shape: readonly number[] }>>;
}

/** Integers are written as INT(S), `{ float }` as FLOAT, strings as STRING. */
export type Attribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  readonly op: string;
  readonly domain: string;
  /** An empty string stands for an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface OnnxPort {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: Shape;
}

export interface OnnxModel {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  readonly initializers: ReadonlyMap<string, TensorValue>;
}

export const ELEMENT_TYPE: Readonly<Record<DataType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9 };
const IR_VERSION = 10;
const OPSET = 21;
export const MICROSOFT = "com.microsoft";

type Bytes = Uint8Array;
const utf8 = new TextEncoder();

function concatenate(parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Base-128 varint; negative numbers as 64-bit two's complement, as protobuf's int64 asks. */
function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

const integer = (field: number, value: number | bigint): Bytes => concatenate([varint(field << 3), varint(value)]);

const encodeBytes = (field: number, body: Bytes): Bytes =>
  concatenate([varint((field << 3) | 2), varint(body.length), body]);

const text = (field: number, value: string): Bytes => encodeBytes(field, utf8.encode(value));

function float(field: number, value: number): Bytes {
  const body = new Uint8Array(4);
  new DataView(body.buffer).setFloat32(0, value, true);
  return concatenate([varint((field << 3) | 5), body]);
}

function attribute(name: string, value: Attribute): Bytes {
  const label = text(1, name);
  if (typeof value === "number") return concatenate([label, integer(3, value), integer(20, 2)]);
  if (typeof value === "string") return concatenate([label, text(4, value), integer(20, 3)]);
  if ("float" in value) return concatenate([label, float(2, value.float), integer(20, 1)]);
  return concatenate([label, ...value.map((item) => integer(8, item)), integer(20, 7)]);
}

function tensor(name: string, value: TensorValue): Bytes {
  const { buffer, byteOffset, byteLength } = value.data;
  return concatenate([
    ...value.shape.map((dimension) => integer(1, dimension)),
    integer(2, ELEMENT_TYPE[value.dtype]),
    text(8, name),
    encodeBytes(9, new Uint8Array(buffer, byteOffset, byteLength)),
  ]);
}

function port({ name, dtype, shape }: OnnxPort): Bytes {
  const dimensions = shape.map((dimension) =>
    encodeBytes(1, typeof dimension === "number" ? integer(1, dimension) : text(2, dimension)),
  );
  const tensorType = concatenate([integer(1, ELEMENT_TYPE[dtype]), encodeBytes(2, concatenate(dimensions))]);
  return concatenate([text(1, name), encodeBytes(2, encodeBytes(1, tensorType))]);
}

function node({ op, domain, inputs, outputs, attributes }: OnnxNode): Bytes {
  return concatenate([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, outputs[0] ?? op),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => encodeBytes(5, attribute(name, value))),
    ...(domain === "" ? [] : [text(7, domain)]),
  ]);
}

/** The bytes of a ModelProto; deterministic, so equal graphs have equal bytes. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const graph = concatenate([
    ...model.nodes.map((item) => encodeBytes(1, node(item))),
    text(2, "precept"),
    ...[...model.initializers].map(([name, value]) => encodeBytes(5, tensor(name, value))),
    ...model.inputs.map((item) => encodeBytes(11, port(item))),
    ...model.outputs.map((item) => encodeBytes(12, port(item))),
  ]);
  return concatenate([
    integer(1, IR_VERSION),
    text(2, "precept"),
    encodeBytes(7, graph),
    encodeBytes(8, concatenate([text(1, ""), integer(2, OPSET)])),
    encodeBytes(8, concatenate([text(1, MICROSOFT), integer(2, 1)])),
  ]);
}
