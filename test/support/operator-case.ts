import type { Value } from "../../src/tensor/graph.ts";
import { map, type Nd, zip } from "./nd.ts";

export interface InputSpec {
  /** The shape at scale n: 1 for the gradient check, more for the check of threads. */
  readonly shape: (n: number) => readonly number[];
  readonly range?: readonly [number, number];
  /** Integers below this, instead of floats. */
  readonly below?: number;
}

/** One operator: how it is built, and what it should compute, in float64. */
export interface OperatorCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly build: (values: Readonly<Record<string, Value>>) => Value;
  readonly reference: (inputs: Readonly<Record<string, Nd>>) => Nd;
  /** False where the gradient is zero by design. */
  readonly hasGradient?: boolean;
}

export type Values = Readonly<Record<"x" | "y" | "z" | "i", Value>>;
export type Arrays = Readonly<Record<"x" | "y" | "z" | "i", Nd>>;

/** Values and arrays of the names that the case declares. */
export const define = (
  name: string,
  inputs: Readonly<Record<string, InputSpec>>,
  build: (values: Values) => Value,
  reference: (arrays: Arrays) => Nd,
  hasGradient = true,
): OperatorCase => ({
  name,
  inputs,
  build: (v) => build(v as Values),
  reference: (a) => reference(a as Arrays),
  hasGradient,
});

export const matrix: InputSpec = { shape: (n) => [3 * n, 4 * n] };
export const positive: InputSpec = { ...matrix, range: [0.3, 3] };
export const row: InputSpec = { shape: (n) => [4 * n], range: [0.3, 3] };
export const column: InputSpec = { shape: (n) => [3 * n, 1], range: [0.3, 3] };

export const unary = (name: string, x: InputSpec, build: (x: Value) => Value, f: (x: number) => number): OperatorCase =>
  define(
    name,
    { x },
    (v) => build(v.x),
    (a) => map(a.x, f),
  );

export const binary = (
  name: string,
  y: InputSpec,
  build: (x: Value, y: Value) => Value,
  f: (x: number, y: number) => number,
): OperatorCase =>
  define(
    name,
    { x: matrix, y },
    (v) => build(v.x, v.y),
    (a) => zip(a.x, a.y, f),
  );
