import { expect, test } from "vitest";
import { rng } from "../../rng.ts";
import { DictionaryLoss } from "./loss.ts";
import { type Parameters, parameterNames, removeParallel, zeroParameters } from "./parameters.ts";
import { type SparseCode, selectAbove } from "./select.ts";

test("by hand: one input, two features", () => {
  const widths = { inputs: 2, outputs: 2, features: 2 };
  const parameters = { decoder: Float32Array.of(1, 0, 0, 1), decoderBias: Float32Array.of(0.5, 0) };
  const code = { starts: Int32Array.of(0, 1), features: Int32Array.of(1), values: Float32Array.of(3) };
  const gradients = zeroParameters(widths);
  const x = Float32Array.of(1, 2);
  // x̂ = 3 · (0, 1) + (0.5, 0) = (0.5, 3), so the error is (−0.5, 1) and its square 1.25.
  const { squares, residual } = new DictionaryLoss(widths).addGradients(
    parameters,
    { inputs32: x, targets: x, code },
    { weight: 0.5, l1: 0.25, hasBias: true },
    gradients,
  );
  expect(squares).toBe(1.25);
  expect([...residual]).toEqual([0.5, -1]);
  // Slope 2 · 0.5 · error = (−0.5, 1); along d₂ that is 1, and with the price 1.25.
  expect([...gradients.decoderBias]).toEqual([-0.5, 1]);
  expect([...gradients.decoder]).toEqual([0, 0, -1.5, 3]);
  expect([...gradients.encoderBias]).toEqual([0, 1.25]);
  expect([...gradients.encoder]).toEqual([0, 0, 1.25, 2.5]);
});

const widths = { inputs: 5, outputs: 4, features: 7 };
const B = 6;
const random = rng(2, "loss");
const draw = (length: number): Float32Array => Float32Array.from({ length }, () => random.normal());
const drawn: Parameters = {
  encoder: draw(35),
  encoderBias: draw(7),
  decoder: draw(28),
  decoderBias: draw(4),
};
const [x, y] = [draw(B * 5), draw(B * 4)];
const terms = { weight: 0.3, l1: 0.2, hasBias: true };

/** z = E x + b in float64; (B, F). */
const preactivate = ({ encoder, encoderBias }: Parameters): Float64Array =>
  Float64Array.from({ length: B * 7 }, (_, at) => {
    const [row, feature] = [Math.floor(at / 7), at % 7];
    let z = encoderBias[feature]!;
    for (let i = 0; i < 5; i++) z += encoder[feature * 5 + i]! * x[row * 5 + i]!;
    return z;
  });

/** The loss in float64, with the active features of the drawn parameters. */
function lossOf(parameters: Parameters): number {
  const [z, fixed] = [preactivate(parameters), preactivate(drawn)];
  let loss = 0;
  for (let row = 0; row < B; row++) {
    const rebuilt = Float64Array.from(parameters.decoderBias);
    for (let j = 0; j < 7; j++) {
      if (!(fixed[row * 7 + j]! > 0)) continue;
      loss += terms.l1 * z[row * 7 + j]!;
      for (let i = 0; i < 4; i++) rebuilt[i]! += z[row * 7 + j]! * parameters.decoder[j * 4 + i]!;
    }
    for (let i = 0; i < 4; i++) loss += terms.weight * (rebuilt[i]! - y[row * 4 + i]!) ** 2;
  }
  return loss;
}

const gradientsOf = (code: SparseCode, inputs: Float32Array, targets: Float32Array): Parameters => {
  const gradients = zeroParameters(widths);
  new DictionaryLoss(widths).addGradients(drawn, { inputs32: inputs, targets, code }, terms, gradients);
  return gradients;
};

test("the gradient is that of central differences, for every parameter", () => {
  const code = selectAbove({ values: Float32Array.from(preactivate(drawn)), size: 7 }, 0);
  const gradients = gradientsOf(code, x, y);
  for (const name of parameterNames) {
    for (const at of gradients[name].keys()) {
      const move = (by: number): number => {
        const moved = {
          ...drawn,
          [name]: Float64Array.from(drawn[name], (value, i) => (i === at ? value + by : value)),
        };
        return lossOf(moved as unknown as Parameters);
      };
      const difference = (move(1e-4) - move(-1e-4)) / 2e-4;
      expect(gradients[name][at], `${name}[${at}]`).toBeCloseTo(difference, 3);
    }
  }
});

test("the gradient of two batches is the sum of theirs, in either order", () => {
  const z = Float32Array.from(preactivate(drawn));
  const part = (from: number, to: number): Parameters => {
    const code = selectAbove({ values: z.subarray(from * 7, to * 7), size: 7 }, 0);
    return gradientsOf(code, x.subarray(from * 5, to * 5), y.subarray(from * 4, to * 4));
  };
  const [whole, first, second] = [part(0, B), part(0, 2), part(2, B)];
  for (const name of parameterNames)
    for (const [at, value] of whole[name].entries()) expect(first[name][at]! + second[name][at]!).toBeCloseTo(value, 4);
});

test("what is left of a gradient has nothing along the rows", () => {
  const rows = Float32Array.of(0.6, 0.8, 1, 0);
  const gradient = Float32Array.of(1, 2, 3, 4);
  removeParallel(gradient, rows, 2);
  expect(gradient[0]! * 0.6 + gradient[1]! * 0.8).toBeCloseTo(0, 6);
  expect([...gradient.slice(2)]).toEqual([0, 4]);
});
