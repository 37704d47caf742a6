export interface NeuronCorrelation {
  readonly neuron: number;
  /** Pearson's, over tokens. */
  readonly correlation: number;
}

/** The numbers of a site that go most with a column (N), of values (N, W): greatest absolute correlation first. */
export function nearestNeurons(
  column: Float32Array,
  values: Float32Array,
  width: number,
  count = 5,
): NeuronCorrelation[] {
  return correlations(column, values, width)
    .map((correlation, neuron) => ({ neuron, correlation }))
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation) || a.neuron - b.neuron)
    .slice(0, count);
}

/** Pearson's correlation of a column (N) with every column of values (N, W); 0 where one of them does not vary. */
function correlations(column: Float32Array, values: Float32Array, width: number): number[] {
  const count = column.length;
  const sums = { y: 0, yy: 0 };
  const [x, xx, xy] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < count; row++) {
    const y = column[row]!;
    sums.y += y;
    sums.yy += y * y;
    for (let i = 0; i < width; i++) {
      const value = values[row * width + i]!;
      x[i]! += value;
      xx[i]! += value * value;
      xy[i]! += value * y;
    }
  }
  return Array.from({ length: width }, (_, i) => {
    const both = xy[i]! / count - (x[i]! / count) * (sums.y / count);
    const spread = (xx[i]! / count - (x[i]! / count) ** 2) * (sums.yy / count - (sums.y / count) ** 2);
    return spread > 1e-24 ? both / Math.sqrt(spread) : 0;
  });
}
