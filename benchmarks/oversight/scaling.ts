import { join } from "node:path";
import { readSize, type SizeRecord } from "../../src/oversight/index.ts";
import { terminalProgress } from "../../src/progress/index.ts";
import { fitScaling, sweepSizes } from "../../src/project/index.ts";
import { keepMeasuredSizes, layMeasuredSizes } from "./measured-sizes.ts";

const percent = (value: number, kind: "rate" | "gap"): string =>
  kind === "rate" ? (100 * value).toFixed(1) : (100 * value).toFixed(1).replace("-", "−");
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Six tendencies over five sizes: SCRATCH/sweep holds the sizes; those that are done, there or in measured-sizes.jsonl, are not done again. */
export async function measureScaling({
  scratch,
  seeds,
}: {
  readonly scratch: string;
  readonly seeds: number;
}): Promise<string> {
  const folder = join(scratch, "sweep");
  layMeasuredSizes(folder);
  const progress = terminalProgress({ stream: process.stderr, env: process.env });
  const { signal } = new AbortController();
  const places: string[] = [];
  const sizes: SizeRecord[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const sweep = await sweepSizes({ folder, seed, command: "benchmark", progress, signal, env: process.env });
    places.push(...sweep.folders);
    sizes.push(...sweep.folders.flatMap((place) => readSize(place) ?? []));
  }
  keepMeasuredSizes(folder, sizes);
  const found = await fitScaling({ places });
  const names = [...new Set(sizes.map(({ name }) => name))];
  const minutes = Array.from({ length: seeds }, (_, index) =>
    sizes
      .filter(({ seed }) => seed === index + 1)
      .reduce((sum, { seconds }) => sum + seconds / 60, 0)
      .toFixed(0),
  );
  const rows = found.tendencies.map(({ name, kind, form, points, prediction }) => {
    const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
    const meanAt = (x: number): string => {
      const own = points.filter((point) => point.x === x).map(({ measured }) => measured.estimate);
      return percent(own.reduce((sum, one) => sum + one, 0) / own.length, kind);
    };
    const { predicted, low, high, observed, isInside, errors } = prediction;
    const show = (value: number): string => percent(value, kind);
    const all = points.map(({ measured }) => measured.estimate);
    return row([
      `\`${name}\``,
      ...xs.slice(0, -1).map(meanAt),
      show(Math.max(...all) - Math.min(...all)),
      form,
      `${show(predicted)} [${show(low)}, ${show(high)}]`,
      show(high - low),
      `${show(observed.estimate)} [${show(observed.low)}, ${show(observed.high)}] n=${observed.n}`,
      isInside ? "inside" : "**outside**",
      ...[errors.fit, errors.constant, errors.line, errors["size before"]].map(show),
    ]);
  });
  const head = [
    "",
    ...names.slice(0, -1),
    "spread",
    "form",
    `foretold for ${names.at(-1)}`,
    "width",
    `measured`,
    "",
    "fit",
    "constant",
    "line",
    "size before",
  ];
  const { errors } = found;
  const mean = (value: number): string => (100 * value).toFixed(1);
  const isBetter = errors.fit < errors.constant && errors.fit < errors.line;
  return [
    `In % and points; ${seeds} ${seeds === 1 ? "seed" : "seeds"}, ${sizes[0]?.tokens.toLocaleString("en-US")} tokens of pre-training at every size, ${minutes.join(", ")} minutes of it a seed on a shared machine. The spread is from the lowest to the highest point; the last four columns are errors of the fit and of what does not think.`,
    "",
    row(head),
    row(head.map(() => "---")),
    ...rows,
    "",
    `Inside: **${found.inside} of ${found.tendencies.length}**. Mean error: fit ${mean(errors.fit)}, constant ${mean(errors.constant)}, straight line ${mean(errors.line)}, size before ${mean(errors["size before"])} points: the fit is ${isBetter ? "better than both" : "**not better than both** the constant and the line"}.`,
    "",
    controlTable(sizes, names),
  ].join("\n");
}

/** What to read the tendencies by: how a size behaved before SL-CAI, means over the seeds. */
function controlTable(sizes: readonly SizeRecord[], names: readonly string[]): string {
  const controls = [...new Set(sizes.flatMap(({ controls: own }) => Object.keys(own)))];
  const meanOf = (control: string, size: string): string => {
    const values = sizes
      .filter(({ name }) => name === size)
      .flatMap(({ controls: { [control]: found } }) =>
        found === undefined || found.n === 0 ? [] : ["successes" in found ? found.successes / found.n : found.value],
      );
    return (100 * (values.reduce((sum, value) => sum + value, 0) / values.length)).toFixed(1);
  };
  return [
    "Controls, in %: before SL-CAI, answers that can be read after it, and what the preference model expects.",
    "",
    row(["", ...names]),
    row(["---", ...names.map(() => "---")]),
    ...controls.map((control) => row([control, ...names.map((size) => meanOf(control, size))])),
  ].join("\n");
}
